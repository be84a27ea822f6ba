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
    """A room and a recorder."""

    high_pass: float  # pass band, in Hz
    low_pass: float
    gain: float  # of the speech, in dB
    noise: float  # its root-mean-square level re full scale, in dB
    reverberation: float  # time in which it decays by 60 dB, in s
    reverberance: float  # its energy re the direct sound, in dB


@dataclass(frozen=True)
class Language:
    """A language, as one corpus speaks it; a register is that of neutral speech."""

    title: str
    seed: int  # added to `SEED`, for its speakers' habits, its utterances' variation and its room
    pitch: float  # register, in units of eSpeak NG
    pitch_range: float
    rate: float  # register, in words per minute
    expressiveness: float  # factor of what an emotion does to prosody
    channel: Channel
    female: tuple[str, ...]  # speakers: voice variants of eSpeak NG
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
