"""An utterance of the reader's own: what both systems make of it, and where it belongs."""

import html
import tempfile
from pathlib import Path
from typing import NamedTuple

import ipywidgets
import numpy as np

from ser_utils import audio, figures, prediction
from ser_utils.embeddings.maps import Maps
from ser_utils.errors import SerError
from ser_utils.widgets import words
from ser_utils.widgets.scatter_canvas import CanvasBox, ScatterCanvas

#: Neighbours to listen to.
NEIGHBOURS = 3


class Heard(NamedTuple):
    """A recording as a system hears it."""

    #: Of the two classes, shape (2,).
    probabilities: np.ndarray
    #: Shape (width,).
    embedding: np.ndarray
    #: Rows of the `NEIGHBOURS` utterances with the nearest embeddings, nearest first.
    nearest: np.ndarray


def hear(maps: Maps, title: str, samples: np.ndarray) -> Heard:
    """Embed and classify samples at 16 kHz, shape (n_samples,), by a system as of the target.

    Raises
    ------
    DomainError, CheckpointError
        If the system cannot embed a recording of an unknown speaker: see `prediction.predict`.
    """
    system = maps.systems[title]
    row = prediction.predict(system.trained, [samples]).iloc[0]
    embedding = prediction.embed_recordings(system.trained, [samples])[0]
    probabilities = row[list(maps.class_names)].to_numpy(float)
    return Heard(probabilities, embedding, system.nearest(embedding, NEIGHBOURS))


def read_upload(name: str, content: bytes) -> np.ndarray:
    """Read the samples of an uploaded file; errors are those of `audio.read`, under its name."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, Path(name).name or "recording")
        file.write_bytes(content)
        try:
            return audio.read(file)
        except SerError as error:
            raise type(error)(str(error).replace(str(file), file.name)) from None


class YourVoice(CanvasBox):
    """Upload a recording; see it on both `maps`, both predictions, and its nearest neighbours."""

    def __init__(self, maps: Maps) -> None:
        self.maps = maps
        layout = {"width": "max-content"}
        self.upload = ipywidgets.FileUpload(
            accept=".wav,.flac,.ogg,.mp3", description="Choose a recording", layout=layout
        )
        self.message = ipywidgets.HTML("A sentence of yours, as wav, flac, ogg or mp3.")
        canvas = ScatterCanvas(maps.points, maps.is_target, figures.domain_names(maps.pair))
        group, colours = figures.groups(maps, "emotion")
        for title in maps.systems:
            canvas.recolour(title, group, colours)
        canvas.legend(colours)
        self.neighbours = ipywidgets.HBox()
        self.upload.observe(lambda change: self._uploaded(change["new"]), "value")
        super().__init__(canvas, above=[self.upload, self.message], below=[self.neighbours])

    def _uploaded(self, files: tuple) -> None:
        for file in files[-1:]:
            try:
                self.show(read_upload(file["name"], bytes(file["content"])))
            except SerError as error:
                self.message.value = f"<b>{html.escape(str(error))}</b>"

    def show(self, samples: np.ndarray) -> None:
        """Show what the systems make of the samples of a recording; errors are those of `hear`."""
        heard = {title: hear(self.maps, title, samples) for title in self.maps.systems}
        verdicts = {name: words.verdict(self.maps, by.probabilities) for name, by in heard.items()}
        caveat = prediction.caveat(next(iter(self.maps.systems.values())).trained)
        facts = words.definition_list(verdicts) + f"<p>{html.escape(caveat)}</p>"
        self.neighbours.children = [
            ipywidgets.VBox([ipywidgets.HTML(f"<b>nearest for {title}</b>"), *self._players(by)])
            for title, by in heard.items()
        ]
        self.message.value = facts + "<p>Finding its place on the maps ...</p>"
        for title, by in heard.items():  # the first time this takes seconds
            place = self.maps.systems[title].projection.place(by.embedding[None])[0]
            self.canvas.star(title, place)
        self.message.value = facts + "<p>★ is your recording.</p>"

    def _players(self, heard: Heard) -> list:
        players = []
        emotions = figures.style.emotion_names(self.maps.table)
        for row in heard.nearest:
            language = figures.language_name(self.maps.table["language"].iloc[row])
            players.append(ipywidgets.HTML(html.escape(f"{language}, {emotions.iloc[row]}")))
            try:
                sound = words.as_wav(self.maps.samples(row))
            except SerError as error:
                players.append(ipywidgets.HTML(html.escape(str(error))))
            else:
                players.append(ipywidgets.Audio(value=sound, autoplay=False, loop=False))
        return players
