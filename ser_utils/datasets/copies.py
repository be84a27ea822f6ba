"""Which of several files of one utterance is its recording, and what tells copies of a corpus.

Files are copies of each other if their samples agree. Where they do not, the folder of the official
release goes before other folders, one that is less deep before deeper ones, and lossless before
lossy audio. What that does not decide is for people to decide.
"""

import filecmp
import re
from collections.abc import Hashable, Mapping
from pathlib import Path

import numpy as np

from ser_utils import audio
from ser_utils.datasets.table import some
from ser_utils.errors import AudioError, CorpusError

LOSSY = frozenset({".mp3", ".oga", ".ogg", ".opus"})
_DAY = 24 * 3600.0
# Programs that write 16 bits round differently, by two steps at most.
_ROUNDING = 2.0**-14

#: A file, and the folders between that of the corpus and what its layout names, with slashes.
Found = tuple[Path, str]


def sort_out(
    corpus: str, files: Mapping[Hashable, list[Found]], folders: str | None
) -> tuple[dict[Hashable, Path], dict[str, list[Path]]]:
    """Choose a file of each utterance; `folders` are those of the official release, as a regex.

    Returns the file of each, and, by description, those that are left out. A `CorpusError` says
    that files named alike hold different samples, and neither goes before the other.
    """
    recordings, copies, others, undecided = {}, [], [], []
    for utterance, found in files.items():
        ranked = sorted(((_rank(*one, folders), one[0]) for one in found), key=lambda one: one[0])
        best, recording = ranked[0]
        recordings[utterance] = recording
        for rank, file in ranked[1:]:
            if _same_samples(recording, file):
                copies.append(file)
            elif rank == best:
                undecided.append(f"{recording} and {file}")
            else:
                others.append(file)
    if undecided:
        raise CorpusError(
            f"{corpus}: files that are named alike hold different samples, and nothing tells which "
            f"is the recording ({len(undecided)}): {undecided[0]}. Keep one of the two there."
        )
    return recordings, {
        "second copies of utterances, dropped since "
        f"{len(recordings) + len(copies)} files hold {len(recordings)} utterances": copies,
        "files named like a recording that hold other samples, since the folder of the official "
        "release goes before others, and lossless before lossy audio": others,
    }


def differences(
    files: Mapping[Hashable, list[Found]], recordings: Mapping[Hashable, Path], folders: str | None
) -> list[str]:
    """Say in what a copy of a corpus differs from any official release; arguments as `sort_out`.

    Other folders are told of only if there are several: one may be that of an archive.
    """
    told, above = [], dict(one for found in files.values() for one in found)
    places = sorted({above[file] for file in recordings.values()})
    if folders and len(places) > 1 and not any(_official(place, folders) for place in places):
        told.append(f"its files are in other folders ({some(places)})")
    rate = next(map(_sampling_rate, recordings.values()), audio.SAMPLING_RATE)
    if rate < audio.SAMPLING_RATE:
        told.append(
            f"its sampling rate is {rate} Hz, so that it has nothing above {rate // 2} Hz, which "
            "tells it from other corpora"
        )
    return told


def _sampling_rate(file: Path) -> int:
    try:
        with audio.opened(file, _DAY) as opened:
            return opened.samplerate
    except AudioError:  # what reads it will tell
        return audio.SAMPLING_RATE


def _official(above: str, folders: str) -> re.Match | None:
    return re.fullmatch(rf"(?is)((?:.*?/)??)(?:{folders})/", above)


def _rank(file: Path, above: str, folders: str | None) -> tuple[bool, int, bool]:
    official = _official(above, folders) if folders else None
    depth = (official[1] if official else above).count("/")
    return bool(folders) and not official, depth, file.suffix.lower() in LOSSY


def _same_samples(one: Path, other: Path) -> bool:
    try:
        if filecmp.cmp(one, other, shallow=False):
            return True
        with audio.opened(one, _DAY) as first, audio.opened(other, _DAY) as second:
            files = (first, second)
            if len({(file.samplerate, file.channels, file.frames) for file in files}) > 1:
                return False
            pairs = zip(*map(audio.blocks, files), strict=True)
            with np.errstate(all="ignore"):
                return all(
                    x.shape == y.shape and np.abs(x - y).max() <= _ROUNDING for x, y in pairs
                )
    except (AudioError, OSError, ValueError):  # ValueError: one is damaged, and ends before
        return False
