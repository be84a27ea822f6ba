"""An utterance in words, as HTML, and as sound: a file, or players."""

import html
import io
from collections.abc import Mapping

import numpy as np
import soundfile

from ser_utils import audio, figures
from ser_utils.embeddings.maps import Maps


def described(maps: Maps, row: int) -> str:
    """Describe an utterance and what each system makes of it, as HTML."""
    utterance = maps.table.iloc[row]
    emotion = figures.style.emotion_names(maps.table[["emotion"]].iloc[[row]]).item()
    part = "target" if maps.is_target[row] else "source"
    facts = {
        part: f"{figures.language_name(utterance['language'])}, {utterance['dataset']}",
        "speaker": f"{utterance['speaker']} ({utterance['gender'] or 'gender unknown'})",
        "emotion": " ".join(filter(None, [utterance["intensity"], emotion])),
        "sentence": utterance["sentence"] or "unknown",
        maps.pair.task: utterance["true"],
    }
    for title, system in maps.systems.items():
        facts[title] = verdict(maps, system.probabilities[row], utterance["true"])
    return definition_list(facts)


def verdict(maps: Maps, probabilities: np.ndarray, true: str | None = None) -> str:
    """Write a prediction, as in "high, 87 % ✓"; without `true` nobody knows whether it is right."""
    name = maps.class_names[probabilities.argmax()]
    mark = "" if true is None else " ✓" if name == true else " ✗"
    return f"{name}, {100 * probabilities.max():.0f} %{mark}"


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
