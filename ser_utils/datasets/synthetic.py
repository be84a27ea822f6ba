"""Built-in synthetic corpora: eSpeak NG voices that express emotion by prosody alone.

They let everything run before a real corpus is on the machine, as a miniature of the real problem:
speakers differ, emotions overlap, and each language has its own register, expressiveness and
recording channel. They are no evidence about emotional speech, nor about any method.

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

import hashlib
import itertools
import shutil
import warnings
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ser_utils.datasets import espeak
from ser_utils.datasets.corpus import COLUMNS, Corpus
from ser_utils.errors import CorpusError, SerWarning, unknown_name
from ser_utils.files import cache_folder, folder_written_whole

# --- Settings -----------------------------------------------------------------------------------

SAMPLING_RATE = 16_000
SEED = 2012
#: Part of the name of a rendered folder: raise it when what `_render_one` computes changes.
REVISION = 1


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
#: Silence before and after the speech, in seconds.
SILENCE = (0.10, 0.15)


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
    """One corpus.

    Attributes
    ----------
    title : str
    seed : int
        Of its speakers' habits, its utterances' variation and its room.
    pitch, pitch_range, rate : float
        Register of neutral speech, in units of eSpeak NG and words a minute.
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


#: By ISO 639-1 code. The six sentences mean the same in every language.
LANGUAGES = {
    "en": Language(
        title="Synthetic English",
        seed=1,
        pitch=48,
        pitch_range=48,
        rate=165,
        expressiveness=1.0,
        channel=Channel(
            high_pass=60, low_pass=7600, gain=-12, noise=-66, reverberation=0.10, reverberance=-20
        ),
        female=("f1", "f2", "f3", "f4"),
        male=("m1", "m2", "m3", "m4"),
        sentences=(
            "The keys are on the kitchen table.",
            "The next bus comes at half past eight.",
            "The parcel is in front of the door.",
            "My brother will call again this afternoon.",
            "The shop is also open on Sundays.",
            "The books are on the top shelf.",
        ),
    ),
    "de": Language(
        title="Synthetic German",
        seed=2,
        pitch=42,
        pitch_range=42,
        rate=160,
        expressiveness=1.1,
        channel=Channel(
            high_pass=120, low_pass=7000, gain=-15, noise=-62, reverberation=0.30, reverberance=-10
        ),
        female=("f1", "f2", "f4", "f5"),
        male=("m1", "m3", "m6", "m7"),
        sentences=(
            "Die Schlüssel liegen auf dem Küchentisch.",
            "Der nächste Bus kommt um halb neun.",
            "Das Paket steht vor der Tür.",
            "Mein Bruder ruft heute Nachmittag noch einmal an.",
            "Der Laden ist auch sonntags geöffnet.",
            "Die Bücher stehen ganz oben im Regal.",
        ),
    ),
    "it": Language(
        title="Synthetic Italian",
        seed=3,
        pitch=52,
        pitch_range=55,
        rate=180,
        expressiveness=1.2,
        channel=Channel(
            high_pass=80, low_pass=5500, gain=-17, noise=-57, reverberation=0.20, reverberance=-14
        ),
        female=("f1", "f3", "f4", "f5"),
        male=("m1", "m3", "m4", "m6"),
        sentences=(
            "Le chiavi sono sul tavolo della cucina.",
            "Il prossimo autobus passa alle otto e mezza.",
            "Il pacco è davanti alla porta.",
            "Mio fratello richiama oggi pomeriggio.",
            "Il negozio è aperto anche la domenica.",
            "I libri sono sullo scaffale più alto.",
        ),
    ),
    "ur": Language(
        title="Synthetic Urdu",
        seed=4,
        pitch=52,
        pitch_range=40,
        rate=195,
        expressiveness=0.95,
        channel=Channel(
            high_pass=160, low_pass=4500, gain=-14, noise=-56, reverberation=0.40, reverberance=-8
        ),
        female=("f1", "f2", "f3", "f4"),
        male=("m1", "m2", "m3", "m6"),
        sentences=(
            "چابیاں باورچی خانے کی میز پر ہیں۔",
            "اگلی بس ساڑھے آٹھ بجے آئے گی۔",
            "پارسل دروازے کے سامنے رکھا ہے۔",
            "میرا بھائی آج سہ پہر دوبارہ فون کرے گا۔",
            "دکان اتوار کو بھی کھلی رہتی ہے۔",
            "کتابیں سب سے اوپر والے خانے میں ہیں۔",
        ),
    ),
}

# --- Plan ---------------------------------------------------------------------------------------


def utterances(language: str) -> pd.DataFrame:
    """Plan a corpus: every voice says every sentence with every emotion once.

    Parameters
    ----------
    language : str
        A key of `LANGUAGES`.

    Returns
    -------
    DataFrame
        One row an utterance: `file`, the columns of every corpus except `path`, and what is
        rendered: `text`, `voice` (of eSpeak NG), `strength` of the emotion, `rate` (words a
        minute), `pitch` and `pitch_range` (0 to 99) and `loudness` (dB).

    Raises
    ------
    UnknownNameError
        If there is no synthetic corpus of this language.
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


# --- Sound --------------------------------------------------------------------------------------


def _render_one(row: dict[str, Any], setting: Language) -> np.ndarray:
    """Speak and record one row of the plan: int16 samples at `SAMPLING_RATE`."""
    from scipy.signal import resample_poly

    speech, sampling_rate = espeak.speak(
        row["text"], row["voice"], row["rate"], row["pitch"], row["pitch_range"]
    )
    speech = resample_poly(speech.astype(np.float64), SAMPLING_RATE, sampling_rate)
    before, after = (round(seconds * SAMPLING_RATE) for seconds in SILENCE)
    speech = np.pad(speech * _amplitude(row["loudness"]), (before, after))
    # Seeded by its name, so that an utterance is the same in whatever order they are rendered.
    digest = hashlib.sha256(f"{row['dataset']}/{row['file']}".encode()).digest()
    noise = np.random.default_rng([SEED, *digest]).normal(size=len(speech))
    recording = _record(speech, noise, setting)
    return np.clip(np.rint(recording * 32768), -32768, 32767).astype(np.int16)


def _record(speech: np.ndarray, noise: np.ndarray, setting: Language) -> np.ndarray:
    from scipy.signal import butter, fftconvolve, sosfilt

    channel = setting.channel
    room = _room(channel, np.random.default_rng([SEED, setting.seed]))
    speech = fftconvolve(speech, room)[: len(speech)] * _amplitude(channel.gain)
    pass_band = (channel.high_pass, channel.low_pass)
    microphone = butter(2, pass_band, "bandpass", fs=SAMPLING_RATE, output="sos")
    return sosfilt(microphone, speech + noise * _amplitude(channel.noise))


def _room(channel: Channel, rng: np.random.Generator) -> np.ndarray:
    """Impulse response: the direct sound, then noise that decays by 60 dB in `reverberation` s."""
    time = np.arange(1, round(channel.reverberation * SAMPLING_RATE)) / SAMPLING_RATE
    tail = rng.normal(size=len(time)) * 10 ** (-3 * time / channel.reverberation)
    tail *= _amplitude(channel.reverberance) / np.linalg.norm(tail)
    return np.concatenate([[1.0], tail])


def _amplitude(decibels: float) -> float:
    return 10 ** (decibels / 20)


# --- Corpus -------------------------------------------------------------------------------------


def locate(language: str) -> Path:
    """Folder of a synthetic corpus, rendered or not; other settings, another folder."""
    plan = utterances(language)
    settings = (REVISION, SEED, SAMPLING_RATE, SILENCE, LANGUAGES[language], espeak.version())
    digest = hashlib.sha256((plan.to_csv(index=False) + repr(settings)).encode()).hexdigest()
    return cache_folder() / "corpora" / f"synthetic-{language}-{digest[:10]}"


def render(language: str) -> Path:
    """Render a synthetic corpus, on all cores, unless it is there and whole.

    Parameters
    ----------
    language : str
        A key of `LANGUAGES`.

    Returns
    -------
    Path
        Its folder: a wav file (mono, 16 bit, `SAMPLING_RATE`) an utterance, and `table.csv`.

    Raises
    ------
    UnknownNameError
        If there is no synthetic corpus of this language.
    CacheError
        If the folder cannot be written.

    Warns
    -----
    SerWarning
        If the corpus is damaged and therefore rendered anew.
    """
    folder, plan = locate(language), utterances(language)
    if folder.is_dir():
        damage = _damage(folder, plan)
        if not damage:
            return folder
        warnings.warn(f"{folder} is rendered anew: {damage}", SerWarning, stacklevel=2)
    with folder_written_whole(folder) as temporary:
        _render_into(temporary, plan, LANGUAGES[language])
        # Only now, and only if no other process has repaired it meanwhile.
        if folder.is_dir() and _damage(folder, plan):
            shutil.rmtree(folder)
    return folder


def parse(folder: Path) -> pd.DataFrame:
    """Tabulate a rendered corpus.

    Parameters
    ----------
    folder : Path
        What `render` returned.

    Returns
    -------
    DataFrame
        One row an utterance, with the columns of every corpus.

    Raises
    ------
    CorpusError
        If `folder` does not hold a whole synthetic corpus.
    """
    folder = folder.absolute()
    table = _read_table(folder)
    if wrong := _missing_or_cut(folder, table):
        raise CorpusError(f"{folder}: {len(wrong)} files are missing or cut, such as {wrong[0]}")
    return table.assign(path=[str(folder / file) for file in table["file"]])[list(COLUMNS)]


def _render_into(folder: Path, plan: pd.DataFrame, setting: Language, n_jobs: int = -1) -> None:
    from joblib import Parallel, delayed

    # Processes, since eSpeak NG is not thread-safe; they compute, and only this one writes.
    recordings = Parallel(n_jobs=n_jobs, backend="loky")(
        delayed(_render_one)(row, setting) for row in plan.to_dict("records")
    )
    sizes = [
        _write_wav(folder / file, recording)
        for file, recording in zip(plan["file"], recordings, strict=True)
    ]
    plan.assign(bytes=sizes).to_csv(folder / "table.csv", index=False, encoding="utf-8")


def _write_wav(path: Path, recording: np.ndarray) -> int:
    # Not by soundfile, which reports a full disk by an error that is no OSError.
    with path.open("wb") as file, wave.open(file, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(SAMPLING_RATE)
        wav.writeframes(recording.astype("<i2").tobytes())
    return path.stat().st_size


def _damage(folder: Path, plan: pd.DataFrame) -> str:
    """Say what a rendered corpus lacks; nothing if it is whole."""
    try:
        table = _read_table(folder)
    except CorpusError as error:
        return str(error)
    if table["file"].tolist() != plan["file"].tolist():
        return "its table.csv does not list every utterance"
    wrong = _missing_or_cut(folder, table)
    return f"{len(wrong)} files are missing or cut, such as {wrong[0]}" if wrong else ""


def _read_table(folder: Path) -> pd.DataFrame:
    try:
        table = pd.read_csv(folder / "table.csv", keep_default_na=False, encoding="utf-8")
    except (OSError, ValueError) as error:
        raise CorpusError(f"{folder / 'table.csv'} cannot be read: {error}") from error
    if missing := {*COLUMNS, "file", "bytes"} - {"path"} - {*table}:
        raise CorpusError(f"{folder / 'table.csv'} lacks {', '.join(sorted(missing))}")
    return table


def _missing_or_cut(folder: Path, table: pd.DataFrame) -> list[str]:
    found = {entry.name: entry.stat().st_size for entry in folder.iterdir()}
    rows = zip(table["file"], table["bytes"], strict=True)
    return [file for file, size in rows if found.get(file) != size]


CORPORA: tuple[Corpus, ...] = tuple(
    Corpus(
        name=f"synthetic-{language}",
        title=f"{setting.title} (eSpeak NG)",
        language=language,
        how_to_get="load it: it is built in, and rendered when first loaded",
        parse=parse,
        locate=partial(locate, language),
        prepare=partial(render, language),
    )
    for language, setting in LANGUAGES.items()
)
