"""An utterance of the reader's own: what both systems make of it, and where it belongs."""

import html
import tempfile
from dataclasses import dataclass
from pathlib import Path

import ipywidgets
import numpy as np

from ser_utils import audio, prediction
from ser_utils.embeddings import exploration
from ser_utils.embeddings.exploration import Exploration
from ser_utils.errors import SerError
from ser_utils.widgets.scatter_canvas import ScatterCanvas

#: Neighbours to listen to.
NEIGHBOURS = 3


@dataclass(frozen=True)
class Heard:
    """What a system makes of a recording.

    Attributes
    ----------
    probabilities : np.ndarray, shape (2,)
        Of the two classes.
    embedding : np.ndarray, shape (width,)
    nearest : np.ndarray, shape (NEIGHBOURS,), int
        Rows of the utterances with the nearest embeddings, nearest first.
    """

    probabilities: np.ndarray
    embedding: np.ndarray
    nearest: np.ndarray


def hear(found: Exploration, system: str, samples: np.ndarray) -> Heard:
    """Embed a recording as an utterance of the target, and classify it.

    Parameters
    ----------
    found : Exploration
    system : str
        Whose embedding.
    samples : np.ndarray, shape (n_samples,)
        As from `audio.read`.

    Raises
    ------
    DomainError, CheckpointError
        If the system cannot embed a recording of an unknown speaker: see `prediction.predict`.
    """
    known = found.systems[system]
    row = prediction.predict(known.trained, [samples]).iloc[0]
    embedding = prediction.embed_recordings(known.trained, [samples])[0]
    return Heard(
        probabilities=row[list(found.class_names)].to_numpy(float),
        embedding=embedding,
        nearest=exploration.nearest_rows(known, embedding, NEIGHBOURS),
    )


def read_upload(name: str, content: bytes) -> np.ndarray:
    """Read the samples of an uploaded file.

    Raises
    ------
    AudioError
        As `audio.read`, with the name that the file was uploaded under.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, Path(name).name or "recording")
        file.write_bytes(content)
        try:
            return audio.read(file)
        except SerError as error:
            raise type(error)(str(error).replace(str(file), file.name)) from None


class YourVoice(ipywidgets.VBox):
    """Upload a recording; see it on both maps, both predictions, and its nearest neighbours.

    Parameters
    ----------
    found : Exploration
    """

    def __init__(self, found: Exploration) -> None:
        self.found = found
        self.upload = ipywidgets.FileUpload(
            accept=".wav,.flac,.ogg,.mp3",
            description="Choose a recording",
            layout={"width": "max-content"},
        )
        self.message = ipywidgets.HTML("A sentence of yours, as wav, flac, ogg or mp3.")
        maps = {name: system.projection.points for name, system in found.systems.items()}
        self.canvas = ScatterCanvas(maps, found.is_target, found.domain_names)
        for name in maps:
            group, colours = exploration.groups(found, "emotion")
            self.canvas.recolour(name, group, colours)
        self.canvas.legend(colours)
        self.neighbours = ipywidgets.HBox()
        self.upload.observe(lambda change: self._uploaded(change["new"]), "value")
        super().__init__([self.upload, self.message, self.canvas.widget, self.neighbours])

    def _uploaded(self, files: tuple) -> None:
        for file in files[-1:]:
            try:
                self.show(read_upload(file["name"], bytes(file["content"])))
            except SerError as error:
                self.message.value = f"<b>{html.escape(str(error))}</b>"

    def show(self, samples: np.ndarray) -> None:
        """Show what the systems make of the samples of a recording at 16 kHz.

        Raises
        ------
        DomainError, CheckpointError
            As `hear`.
        """
        heard = {name: hear(self.found, name, samples) for name in self.found.systems}
        verdicts = {
            name: exploration.verdict(self.found, by.probabilities) for name, by in heard.items()
        }
        caveat = prediction.caveat(next(iter(self.found.systems.values())).trained)
        facts = exploration.definition_list(verdicts) + f"<p>{html.escape(caveat)}</p>"
        self.neighbours.children = [
            ipywidgets.VBox([ipywidgets.HTML(f"<b>nearest for {name}</b>"), *self._players(by)])
            for name, by in heard.items()
        ]
        self.message.value = facts + "<p>Finding its place on the maps ...</p>"
        for name, by in heard.items():  # the first time this takes seconds
            place = self.found.systems[name].projection.place(by.embedding[None])[0]
            self.canvas.star(name, place)
        self.message.value = facts + "<p>★ is your recording.</p>"

    def _players(self, heard: Heard) -> list:
        players = []
        for row in heard.nearest:
            players.append(ipywidgets.HTML(html.escape(exploration.title(self.found, row))))
            try:
                sound = exploration.as_wav(exploration.samples_of(self.found, row))
            except SerError as error:
                players.append(ipywidgets.HTML(html.escape(str(error))))
            else:
                players.append(ipywidgets.Audio(value=sound, autoplay=False, loop=False))
        return players

    def close(self) -> None:
        """Free the figure in the browser and here."""
        self.canvas.widget.close()
        super().close()
