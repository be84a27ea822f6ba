"""What the table of every corpus has to hold, whatever it was made from."""

import difflib
import warnings
from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from ser_utils import labels
from ser_utils.datasets.audio_files import require_content
from ser_utils.datasets.corpus import COLUMNS
from ser_utils.errors import TO_SKIP, CorpusError, SerWarning, UnknownEmotionError

#: What a table says of a speaker and of how strongly an emotion is expressed, if it says anything.
WORDS = {"gender": ("female", "male"), "intensity": ("weak", "normal", "strong")}

#: The attribute of a table, before it is checked, that tells which of its files are not there.
MISSING = "missing"


def check(table: pd.DataFrame, corpus: str, on_error: str) -> pd.DataFrame:
    """Return the rows of the table of a corpus whose emotion is known.

    An unknown emotion is an error if `on_error` is "raise" or no other row is left, and so is a
    gender or intensity that is no known word; else a warning names what is left out or empty.
    A file that is not there is an error too, or left to `features.extract`, and so are audio files
    if all of them are pointers.
    """
    absent = table.attrs.pop(MISSING, "")
    if absent and on_error == "raise":
        raise CorpusError(f"{absent} {TO_SKIP}")
    if on_error == "raise":
        require_content(corpus, table.get("path", ()))
    missing = [column for column in COLUMNS if column not in table]
    if missing:
        raise CorpusError(f"{corpus}: its table has no column {', '.join(missing)}")
    for column, words in WORDS.items():
        table = _check_words(table, column, words, corpus, on_error)
    known = labels.known(table)
    if known.all():
        return table
    unknown = table[~known]
    refused = on_error == "raise" or not known.any()
    described = (
        f"unknown emotion {', '.join(map(_with_nearest, unknown['emotion'].unique()))} "
        f"in {listed(unknown['path'].tolist(), most=3 if refused else len(unknown))}"
    )
    if refused:
        raise UnknownEmotionError(f"{corpus}: {described}. Correct them. {TO_SKIP}")
    warnings.warn(f"{corpus}: left out {described}", SerWarning, stacklevel=3)
    return table[known].reset_index(drop=True)


def _check_words(
    table: pd.DataFrame, column: str, words: Sequence[str], corpus: str, on_error: str
) -> pd.DataFrame:
    strange = table[column].notna() & ~table[column].isin(["", *words])
    if not strange.any():
        return table
    counts = table[column][strange].value_counts()
    what = f"{column} " + some(f"{word!r} ({n} utterances)" for word, n in counts.items())
    if on_error == "raise":
        raise CorpusError(
            f"{corpus}: {what}, first of {table['path'][strange].iloc[0]}, which is none of "
            f"{', '.join(words)}. Write one of these, or leave the cell empty. {TO_SKIP}"
        )
    warnings.warn(f"{corpus}: left empty {what}", SerWarning, stacklevel=4)
    return table.assign(**{column: table[column].mask(strange, "")})


def warn_left_out(corpus: str, left_out: Mapping[str, Sequence[object]]) -> None:
    """Warn the caller of the caller's caller of what is left out of a table, by description."""
    for what, cases in left_out.items():
        if len(cases):
            message = f"{corpus}: left out {what} ({len(cases)}): {some(cases)}"
            warnings.warn(message, SerWarning, stacklevel=4)


def warn_of_copy(corpus: str, differences: Sequence[str]) -> None:
    """Warn, as `warn_left_out` does, in what a copy differs from any official release."""
    if differences:
        message = f"{corpus}: this copy is not the official release: {'; '.join(differences)}"
        warnings.warn(message, SerWarning, stacklevel=4)


def some(cases: Iterable[object], most: int = 3) -> str:
    """Write "a, b, c and 2 more"."""
    cases = list(map(str, cases))
    rest = f" and {len(cases) - most} more" if len(cases) > most else ""
    return ", ".join(cases[:most]) + rest


def listed(files: Sequence[object], most: int = 3) -> str:
    """Write "1 file: a", or "5 files: a, b, c and 2 more"."""
    return f"{len(files)} file{'s' if len(files) > 1 else ''}: {some(files, most)}"


def _with_nearest(word: str) -> str:
    # Near enough that "happy" finds "happiness" (0.57), but "Trauer" does not find "anger" (0.5).
    near = difflib.get_close_matches(word, labels.EMOTIONS, n=1, cutoff=0.55)
    return f"{word!r} (did you mean {near[0]!r}?)" if near else repr(word)
