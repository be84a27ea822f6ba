"""What the explorer loads when it is asked for: the sound of an utterance, and its spectrogram."""

import hashlib
import io
from pathlib import Path

import matplotlib as mpl
import numpy as np
import soundfile
from PIL import Image

from ser_utils import audio, features
from ser_utils.embeddings.maps import Maps
from ser_utils.errors import AudioError

#: Folders beside the page, and the suffix of the files in each.
FOLDERS = {"sound": ".ogg", "picture": ".png"}
#: log-mel energies that are drawn darkest and brightest, as in `figures.log_mel`, and the steps
#: between: files of few colours are small.
DARKEST, BRIGHTEST, STEPS = -12, 6, 48


class Media:
    """Sound and spectrograms of the utterances of `maps`, named by recording.

    Attributes
    ----------
    keys : list of str
        By row, the name of its files without suffix; empty if there is no recording.
    problems : list of str
        By row, why it cannot be heard, as far as that is known; else empty.
    """

    def __init__(self, maps: Maps) -> None:
        self.keys, self.problems = [], []
        for path in maps.table["path"]:
            key, problem = "", ""
            try:
                audio.require_file(path)
                stat = Path(path).stat()
                version = f"{path} {stat.st_size} {stat.st_mtime_ns}"
                key = hashlib.sha256(version.encode()).hexdigest()[:16]
            except (AudioError, OSError) as error:
                problem = str(error)
            self.keys.append(key)
            self.problems.append(problem)
        self._maps = maps
        self._rows = {
            f"{folder}/{key}{suffix}": (folder, row)
            for row, key in enumerate(self.keys)
            for folder, suffix in FOLDERS.items()
            if key
        }

    @property
    def files(self) -> list[str]:
        """Names of all files, from the folder of the page."""
        return list(self._rows)

    def content(self, name: str) -> bytes | None:
        """Return the content of a file; None if it is none of `files`, or cannot be read."""
        if name not in self._rows:
            return None
        folder, row = self._rows[name]
        try:
            samples = self._maps.samples(row)
        except AudioError as error:
            self.problems[row] = str(error)
            return None
        return as_ogg(samples) if folder == "sound" else as_picture(samples)


def as_ogg(samples: np.ndarray) -> bytes:
    """Compress samples at 16 kHz as the content of an Ogg Vorbis file."""
    buffer = io.BytesIO()
    settings = {"format": "OGG", "subtype": "VORBIS", "compression_level": 0.8}
    with soundfile.SoundFile(buffer, "w", audio.SAMPLING_RATE, 1, **settings) as file:
        # A second at a time: libvorbis overflows its stack at more than some minutes.
        for start in range(0, len(samples), audio.SAMPLING_RATE):
            file.write(samples[start : start + audio.SAMPLING_RATE])
    return buffer.getvalue()


def as_picture(samples: np.ndarray) -> bytes:
    """Draw the log-mel energies of samples at 16 kHz, a pixel each, as the content of a PNG."""
    energy = features.FEATURE_SETS["logmel"].compute(samples)[::-1]  # the highest band on top
    height = ((energy - DARKEST) / (BRIGHTEST - DARKEST)).clip(0, 1)
    picture = Image.fromarray((height * (STEPS - 1)).round().astype(np.uint8))
    colours = 255 * mpl.colormaps["magma"](np.linspace(0, 1, STEPS))[:, :3]
    picture.putpalette(colours.round().astype(np.uint8).tobytes())
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
