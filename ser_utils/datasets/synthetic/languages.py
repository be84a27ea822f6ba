"""How each built-in corpus speaks and sounds: its register, its voices, its sentences, its room.

The settings are in `languages.toml`.
"""

import tomllib
from dataclasses import dataclass
from importlib import resources

#: What everything random in the synthetic corpora starts from.
SEED = 2012


@dataclass(frozen=True)
class Channel:
    """A room and a recorder.

    Attributes
    ----------
    high_pass, low_pass : float
        Pass band in Hz.
    gain, noise : float
        Of the speech, and root-mean-square level of the noise re full scale, in dB.
    reverberation : float
        Time in which it decays by 60 dB, in s.
    reverberance : float
        Its energy re the direct sound, in dB.
    """

    high_pass: float
    low_pass: float
    gain: float
    noise: float
    reverberation: float
    reverberance: float


@dataclass(frozen=True)
class Language:
    """A language, as one corpus speaks it.

    Attributes
    ----------
    title : str
    seed : int
        Added to `SEED`, for its speakers' habits, its utterances' variation and its room.
    pitch, pitch_range, rate : float
        Register of neutral speech, in units of eSpeak NG and words per minute.
    expressiveness : float
        Factor of what an emotion does to prosody.
    channel : Channel
    female, male : tuple of str
        Speakers: voice variants of eSpeak NG.
    sentences : tuple of str
    """

    title: str
    seed: int
    pitch: float
    pitch_range: float
    rate: float
    expressiveness: float
    channel: Channel
    female: tuple[str, ...]
    male: tuple[str, ...]
    sentences: tuple[str, ...]


def _languages() -> dict[str, Language]:
    text = resources.files(__package__).joinpath("languages.toml").read_text("utf-8")
    return {
        code: Language(
            channel=Channel(**settings.pop("channel")),
            **{name: tuple(v) if isinstance(v, list) else v for name, v in settings.items()},
        )
        for code, settings in tomllib.loads(text).items()
    }


#: By ISO 639-1 code.
LANGUAGES = _languages()
