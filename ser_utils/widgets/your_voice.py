"""An utterance of the reader's own: what both systems make of it, and where it belongs."""

import html
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np

from ser_utils import audio, figures, prediction
from ser_utils.datasets.audio_files import AUDIO_SUFFIXES, CONVERTIBLE
from ser_utils.datasets.names import is_device
from ser_utils.embeddings.maps import Maps
from ser_utils.errors import SerError
from ser_utils.widgets import words


def hear(maps: Maps, title: str, samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Classify samples at 16 kHz by a system, as of the target; return probabilities and embedding.

    Errors are those of `prediction.predict`: some systems have to know the speaker.
    """
    trained = maps.systems[title].trained
    row = prediction.predict(trained, [samples]).iloc[0]
    probabilities = row[list(maps.class_names)].to_numpy(float)
    return probabilities, prediction.embed_recordings(trained, [samples])[0]


def read_upload(name: str, content: bytes) -> np.ndarray:
    """Read the samples of an uploaded file; errors are those of `audio.read`, under its name."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, _storable(name))
        file.write_bytes(content)
        try:
            return audio.read(file)
        except SerError as error:
            raise type(error)(str(error).replace(f"{folder}{os.sep}", "")) from None


def _storable(name: str) -> str:
    """Make of the name of an upload one that each system stores: in one folder, of 255 bytes."""
    plain = "".join(letter for letter in name if letter.isprintable())
    file = Path(re.sub(r'[<>:"|?*]', "_", re.split(r"[/\\]", plain)[-1]).lstrip("."))
    short = f"{file.stem[:50]}{file.suffix[:10]}" or "recording"
    return f"_{short}" if is_device(short) else short


class YourVoice(ipywidgets.VBox):
    """Upload a recording; see it on both `maps`, both predictions, and its nearest neighbours.

    The systems that hear it are in a kernel, so that no page can do this.
    """

    def __init__(self, maps: Maps) -> None:
        layout = {"width": "max-content"}
        self.upload = ipywidgets.FileUpload(
            # Those to convert can be chosen as well: then the reader is told how.
            accept=",".join(sorted(AUDIO_SUFFIXES | CONVERTIBLE)),
            description="Choose a recording",
            layout=layout,
        )
        self.upload.observe(lambda change: self._uploaded(change["new"]), "value")
        self.message = ipywidgets.HTML("A sentence of yours, as wav, flac, ogg or mp3.")
        self.maps, self.stars, self.neighbours = maps, {}, ipywidgets.HBox()
        self.picture = ipywidgets.Image(format="png")
        super().__init__([self.upload, self.message, self.picture, self.neighbours])
        self._draw()

    def _uploaded(self, files: tuple) -> None:
        for file in files[-1:]:
            try:
                self.show(read_upload(file["name"], bytes(file["content"])))
            except (SerError, OSError) as error:  # OSError: the disk is full
                self.message.value = f"<b>{html.escape(str(error))}</b>"

    def show(self, samples: np.ndarray) -> None:
        """Show what the systems make of the samples of a recording; errors are those of `hear`."""
        heard = {title: hear(self.maps, title, samples) for title in self.maps.systems}
        verdicts = {name: words.verdict(self.maps, heard[name][0]) for name in heard}
        caveat = prediction.caveat(next(iter(self.maps.systems.values())).trained)
        facts = words.definition_list(verdicts) + f"<p>{html.escape(caveat)}</p>"
        self.neighbours.children = [
            ipywidgets.VBox([*self._nearest(title, embedding)])
            for title, (_, embedding) in heard.items()
        ]
        self.message.value = facts + "<p>Finding its place on the maps ...</p>"
        self.stars = {  # the first time this takes seconds
            title: self.maps.systems[title].projection.place(embedding[None])[0]
            for title, (_, embedding) in heard.items()
        }
        self._draw()
        self.message.value = facts + "<p>★ is your recording.</p>"

    def _draw(self) -> None:
        """Draw the maps by emotion, and the star of the recording, if there is one."""
        figure = figures.embedding(self.maps.points, self.maps.pair, by=["emotion"])
        for ax, title in zip(figure.axes, self.maps.systems, strict=True):
            if title in self.stars:
                ax.plot(*self.stars[title], "*", markersize=22, mfc="black", mec="white")
        self.picture.value = figures.style.as_png(figure)
        plt.close(figure)

    def _nearest(self, title: str, embedding: np.ndarray) -> Iterator[ipywidgets.Widget]:
        """Name and play the three utterances that a system puts nearest to an embedding."""
        yield ipywidgets.HTML(f"<b>nearest for {title}</b>")
        emotions = figures.style.emotion_names(self.maps.table)
        for row in self.maps.systems[title].nearest(embedding, 3):
            language = figures.language_name(self.maps.table["language"].iloc[row])
            yield ipywidgets.HTML(html.escape(f"{language}, {emotions.iloc[row]}"))
            try:
                sound = words.as_wav(self.maps.samples(row))
                yield ipywidgets.Audio(value=sound, autoplay=False, loop=False)
            except SerError as error:
                yield ipywidgets.HTML(html.escape(str(error)))
