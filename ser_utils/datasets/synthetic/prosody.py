"""How emotions move pitch, pitch range, speech rate and loudness, and the plan of a corpus.

The *directions* in which an emotion moves pitch, pitch range, speech rate and loudness follow

- Murray and Arnott, "Toward the simulation of emotion in synthetic speech", JASA 93(2), 1993,
  Table I, for anger, happiness, sadness, fear and disgust relative to neutral speech: pitch very
  much higher, much higher, slightly lower, very much higher, very much lower; range much wider,
  much wider, slightly narrower, much wider, slightly wider; rate slightly faster, faster or
  slower, slightly slower, much faster, very much slower; intensity higher, higher, lower, normal,
  lower;
- Burkhardt and Sendlmeier, "Verification of acoustical correlates of emotional speech using
  formant-synthesis", ISCA Workshop on Speech and Emotion, 2000, for happiness being faster, where
  Table I leaves it open;
- Scherer, "Vocal communication of emotion", Speech Communication 40, 2003, whose review agrees
  on sadness (lower, narrower, slower, softer) and anger (the opposite), and has fear louder, for
  fear being a little louder here;
- Cahn, "The generation of affect in synthesized speech", J. American Voice I/O Society 8, 1990,
  for surprise (a wider range, faster, louder).

The *amounts* are ours, and so are a higher pitch for surprise, and calm, which none of them
describes and which is placed between neutral and sadness. Voice quality is not simulated.
"""

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from ser_utils.datasets.synthetic import espeak
from ser_utils.datasets.synthetic.languages import LANGUAGES, SEED, Language
from ser_utils.errors import unknown_name


class Prosody(NamedTuple):
    """Pitch and its range in units of eSpeak NG (of 100), rate in percent, loudness in dB."""

    pitch: float
    pitch_range: float
    rate: float
    loudness: float


#: Deviation from neutral speech at strength 1 and expressiveness 1.
EMOTIONS = {
    "neutral": Prosody(pitch=0, pitch_range=0, rate=0, loudness=0),
    "calm": Prosody(pitch=-6, pitch_range=-8, rate=-8, loudness=-2),
    "happiness": Prosody(pitch=20, pitch_range=20, rate=6, loudness=5),
    "sadness": Prosody(pitch=-8, pitch_range=-10, rate=-12, loudness=-5),
    "anger": Prosody(pitch=26, pitch_range=20, rate=6, loudness=7),
    "fear": Prosody(pitch=28, pitch_range=18, rate=24, loudness=2),
    "disgust": Prosody(pitch=-18, pitch_range=8, rate=-24, loudness=-2),
    "surprise": Prosody(pitch=20, pitch_range=24, rate=12, loudness=4),
}
#: Strength of an emotion, drawn for each utterance between these; its intensity is "strong" from
#: `STRONG` on, though never that of neutral speech.
STRENGTH = (0.5, 1.3)
STRONG = 0.9
#: Standard deviations of a speaker's habitual level, and of an utterance around it.
HABIT = Prosody(pitch=5, pitch_range=5, rate=5, loudness=2.5)
VARIATION = Prosody(pitch=9, pitch_range=8, rate=7, loudness=4.5)


def utterances(language: str) -> pd.DataFrame:
    """Plan the corpus of a language: every voice says every sentence with every emotion once.

    A row has `file`, the columns of every corpus except `path`, and what is rendered: `text`,
    `voice` (of eSpeak NG), `strength` of the emotion, `rate` (words per minute), `pitch` and
    `pitch_range` (0 to 99) and `loudness` (dB).
    """
    if language not in LANGUAGES:
        raise unknown_name("synthetic language", language, LANGUAGES)
    setting = LANGUAGES[language]
    variants = setting.female + setting.male
    rows = list(itertools.product(variants, EMOTIONS, range(len(setting.sentences))))
    variant, emotion, sentence = zip(*rows, strict=True)
    strength, deviation = _draw(setting, variant, emotion)
    dataset = f"synthetic-{language}"
    return pd.DataFrame(
        {
            "file": [f"{v}-{e}-s{s + 1}.wav" for v, e, s in rows],
            "dataset": dataset,
            "language": language,
            "speaker": [f"{dataset}-{v}" for v in variant],
            "gender": ["female" if v in setting.female else "male" for v in variant],
            "emotion": emotion,
            "sentence": [f"s{s + 1}" for s in sentence],
            "intensity": [
                "strong" if drawn >= STRONG and e != "neutral" else "normal"
                for drawn, e in zip(strength, emotion, strict=True)
            ],
            "text": [setting.sentences[s] for s in sentence],
            "voice": [f"{language}+{v}" for v in variant],
            "strength": strength.round(2),
            "rate": _within("rate", setting.rate * (1 + deviation["rate"] / 100)),
            "pitch": _within("pitch", setting.pitch + deviation["pitch"]),
            "pitch_range": _within("pitch_range", setting.pitch_range + deviation["pitch_range"]),
            "loudness": deviation["loudness"].round(2),
        }
    )


def _draw(
    setting: Language, variant: Sequence[str], emotion: Sequence[str]
) -> tuple[np.ndarray, pd.DataFrame]:
    """Draw the strength of each utterance, and how its prosody deviates from the register."""
    rng = np.random.default_rng([SEED, setting.seed])
    speakers = list(dict.fromkeys(variant))
    habit = rng.normal(0, HABIT, (len(speakers), len(HABIT)))
    variation = rng.normal(0, VARIATION, (len(variant), len(VARIATION)))
    strength = rng.uniform(*STRENGTH, len(variant))
    expression = np.array([EMOTIONS[name] for name in emotion]) * strength[:, None]
    deviation = (
        habit[[speakers.index(name) for name in variant]]
        + setting.expressiveness * expression
        + variation
    )
    return strength, pd.DataFrame(deviation, columns=Prosody._fields)


def _within(name: str, values: pd.Series) -> pd.Series:
    return values.round().clip(*espeak.RANGES[name]).astype(int)
