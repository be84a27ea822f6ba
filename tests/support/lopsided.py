"""Small and lopsided corpora of short tones, as a beginner or a field worker has them."""

from pathlib import Path

import numpy as np
import pandas as pd
import soundfile

FOUR = ("anger", "happiness", "neutral", "sadness")


def rows(speakers: int, emotions=FOUR, each: int = 3) -> list[tuple[str, str]]:
    """Every speaker says every emotion so often."""
    return [(f"{s}", word) for s in range(speakers) for word in emotions for _ in range(each)]


#: Speaker and emotion of each utterance: of a source, of a target, and a task that both allow.
PAIRS = {
    "sixteen utterances": (rows(2, each=1), rows(2, each=1), "arousal"),
    "one voice": (rows(4), rows(1, each=5), "valence"),
    "two voices of one emotion each": (
        rows(3, each=2),
        [("a", "anger")] * 8 + [("b", "sadness")] * 8,
        "arousal",
    ),
    "no quiet emotion in common": (
        rows(4, ("anger", "happiness", "disgust")),
        rows(4, ("anger", "happiness", "boredom")),
        "valence",
    ),
    "no emotion in common": (
        rows(4, ("anger", "happiness")),
        rows(4, ("sadness", "neutral")),
        "valence",
    ),
    "a target of two utterances": (rows(6), rows(1, ("anger", "sadness"), each=1), "arousal"),
}


def write(folder: Path, language: str, utterances: list[tuple[str, str]]) -> None:
    """Write a corpus of one sentence and no gender."""
    folder.mkdir(parents=True)
    seconds, rng = np.arange(8000) / 16_000, np.random.default_rng(len(utterances))
    table = pd.DataFrame(utterances, columns=["speaker", "emotion"]).assign(language=language)
    table["path"] = [f"{number}.wav" for number in range(len(table))]
    for speaker, emotion, _, path in table.itertuples(index=False):
        pitch = (
            100 + 10 * (ord(speaker) % 7) + 40 * FOUR[::-1].index(emotion)
            if emotion in FOUR
            else 150
        )
        wave = np.sin(2 * np.pi * np.outer(np.arange(1, 9) * pitch, seconds)).sum(axis=0)
        wave *= 1 + 0.5 * np.sin(2 * np.pi * rng.uniform(2, 5) * seconds)
        soundfile.write(folder / path, 0.03 * wave + 0.005 * rng.normal(size=len(wave)), 16_000)
    table.assign(sentence="one").to_csv(folder / "table.csv", index=False)
