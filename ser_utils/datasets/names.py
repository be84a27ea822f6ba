"""Names as people and systems write them: compared without case, in one Unicode form."""

import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path


def composed(name: str) -> str:
    """Write accents as part of their letters; some systems separate them in names of files."""
    return unicodedata.normalize("NFC", name)


def folded(name: object) -> str:
    """Return what names that are the same have in common.

    Examples
    --------
    >>> folded(" Joie") == folded("joie"), folded("cole\u0300re") == folded("Col\u00e8re")
    (True, True)
    """
    return composed(composed(str(name)).casefold()).strip()


def translator(words: Mapping[object, str]) -> Callable[[str], str]:
    """Return a function from a word to what it stands for, or to itself if it is unknown.

    A word that is spelled in the same way goes first, then one in another case or Unicode form,
    then a number of the same value.

    Examples
    --------
    >>> emotion = translator({"W": "anger", 1: "sadness"})
    >>> emotion("w"), emotion("1.0"), emotion("02")
    ('anger', 'sadness', '02')
    """
    ways = [{way(word): words[word] for word in reversed(words)} for way in _WAYS]

    def translate(word: str) -> str:
        for known, way in zip(ways, _WAYS, strict=True):
            if (found := known.get(way(word))) is not None:
                return found
        return word

    return translate


def _value(word: object) -> str:
    text = folded(word).replace(",", ".")
    return f"{float(text):g}" if re.fullmatch(r"[+-]?[0-9]{1,9}(\.[0-9]{0,9})?", text) else text


_WAYS = (lambda word: composed(str(word)), folded, _value)


def one_spelling(names: Iterable[str]) -> list[str]:
    """Write names that are the same as the first of them is written."""
    first: dict[str, str] = {}
    return [first.setdefault(folded(name), name) for name in names]


def name_below(folder: Path, file: Path) -> str:
    """Path of a file below a folder, without its suffix, with slashes whatever unpacked it."""
    below = os.path.splitext(str(file)[len(str(folder)) :])[0]
    return composed(below).replace("\\", "/").lstrip("/")


def is_device(name: str) -> bool:
    """Return whether Windows takes the name of a file for one of its devices.

    Examples
    --------
    >>> is_device("aux.wav"), is_device("COM1"), is_device("auxiliary.wav")
    (True, True, False)
    """
    return bool(re.match(r"(con|prn|aux|nul|(com|lpt)\d)\s*(\.|$)", name, re.IGNORECASE))


class Finder:
    """Finds files by paths that may differ in case or Unicode form, or come from Windows."""

    def __init__(self) -> None:
        self._listed: dict[Path, dict[str, list[str]]] = {}

    def __call__(self, path: str, folder: Path) -> str:
        """Return the absolute path of a file; of one that is not there, as it is given."""
        ways = [os.path.abspath(folder / given) for given in (path, path.replace("\\", "/"))]
        for way in ways:
            if os.path.isfile(way):
                return way
        return self._similar(Path(ways[-1])) or ways[0]

    def _similar(self, path: Path) -> str | None:
        here = Path(path.anchor)
        for part in path.parts[1:]:
            same = [part] if os.path.exists(here / part) else self._names(here).get(folded(part))
            if not same or len(same) > 1:
                return None
            here /= same[0]
        return str(here) if here.is_file() else None

    def _names(self, folder: Path) -> dict[str, list[str]]:
        if folder not in self._listed:
            names = self._listed[folder] = {}
            try:
                for name in os.listdir(folder):
                    names.setdefault(folded(name), []).append(name)
            except (OSError, ValueError):
                pass
        return self._listed[folder]
