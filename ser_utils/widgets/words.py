"""An utterance in words, as HTML, and as sound: a file, or players."""

import html
import io
from collections.abc import Mapping

import numpy as np
import soundfile

from ser_utils import audio
from ser_utils.embeddings.maps import Maps


def verdict(maps: Maps, probabilities: np.ndarray) -> str:
    """Write a prediction, as in "high, 87 %"."""
    name = maps.class_names[probabilities.argmax()]
    return f"{name}, {100 * probabilities.max():.0f} %"


def definition_list(facts: Mapping[str, str]) -> str:
    """Write names and facts as an HTML table."""
    rows = (
        f"<tr><th style='text-align:left;padding-right:1em'>{html.escape(name)}</th>"
        f"<td>{html.escape(str(fact))}</td></tr>"
        for name, fact in facts.items()
    )
    return f"<table>{''.join(rows)}</table>"


def as_wav(samples: np.ndarray) -> bytes:
    """Encode samples at 16 kHz as the content of a wav file."""
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, audio.SAMPLING_RATE, format="WAV", subtype="PCM_16")
    return buffer.getvalue()


def players(signals: Mapping[str, np.ndarray]):
    """Audio players side by side, as HTML: one per title, of samples at 16 kHz, shape (n_samples,).

    The recordings are part of the output, so that they can be heard without a server. The stored
    notebooks leave them out: run the cell to listen.
    """
    from IPython.display import HTML, Audio

    cells = "".join(
        f"<div><div>{title}</div>{Audio(samples, rate=audio.SAMPLING_RATE)._repr_html_()}</div>"
        for title, samples in signals.items()
    )
    return HTML(f"<div style='display:flex;flex-wrap:wrap;gap:1.5em'>{cells}</div>")
