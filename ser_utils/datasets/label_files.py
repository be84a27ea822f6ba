"""Corpora whose labels are in files of their own, beside the audio.

Labels are joined with the audio by stem (the name without folder and suffix), wherever the files
lie. What does not fit together is left out and counted in a warning, never guessed.
"""

import csv
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ser_utils.audio import pointer
from ser_utils.datasets import copies
from ser_utils.datasets.audio_files import find_audio, is_no_speech, no_audio
from ser_utils.datasets.corpus import COLUMNS, Corpus
from ser_utils.datasets.layouts import Release, published_corpus
from ser_utils.datasets.names import folded, name_below, one_spelling, translator
from ser_utils.datasets.table import some, warn_left_out
from ser_utils.errors import CorpusError, SerWarning
from ser_utils.labels import EMOTIONS, NO_EMOTION, TASKS, known

#: A rating in a label file; NaN is one that is missing.
NUMBER = r"-?[0-9]{1,9}(?:\.[0-9]+)?(?:e-?[0-9]{1,2})?|NaN"

#: Labels of one file, each with its `stem`, and the numbers of its damaged lines.
Labels = tuple[list[dict[str, str]], list[int]]


@dataclass(frozen=True, kw_only=True)
class LabelLayout(Release):
    """How a corpus labels its utterances in files; their other words for emotions are `emotions`.

    `read` makes of a label file its labels: `stem`, `speaker`, `gender`, and where the corpus has
    them `category` (its own word for the emotion), `sentence`, `intensity`, `arousal`, `valence`,
    `dominance` and columns of its own.
    """

    files: str  # glob pattern of the label files, from the folder that the archive unpacks to
    read: Callable[[Path], Labels]


def labelled_corpus(**about) -> Corpus:
    """Describe a corpus by the fields of a `LabelLayout`, as `layouts.published_corpus` does."""
    return published_corpus(**about, kind=LabelLayout, parse=read)


def read(folder: Path, layout: LabelLayout) -> pd.DataFrame:
    """Tabulate the labelled utterances in `folder` by `COLUMNS` and its own, sorted by stem.

    An utterance whose category is no emotion has the emotion `NO_EMOTION`, if it is rated; one
    whose category is unknown has it as its emotion, for `table.check` to find. A `CorpusError` says
    that there is no audio or no label file, nothing in common that has an emotion or a rating, that
    a label file cannot be read, or that an utterance is labelled in two ways.
    """
    folder = folder.absolute()
    audio, left_out = _audio(folder, layout)
    labels, damaged = _labels(folder, layout)
    here = labels.index.isin(audio)
    table = _table(labels[here].sort_index(), audio, layout)
    lost = (table["emotion"] == NO_EMOTION) & ~known(table)
    if lost.all():
        raise CorpusError(
            f"{layout.corpus}: none of the {len(labels)} labels in {folder} gives an audio file in "
            f"it an emotion or a rating. Expected files such as {layout.example}; found "
            f"{some(audio.values())}"
        )
    left_out |= {
        "damaged lines of label files": damaged,
        "audio without a label": [audio[stem] for stem in audio if stem not in labels.index],
        "labels without audio": labels["stem"][~here],
        "utterances with neither an emotion nor a rating": table["path"][lost],
    }
    warn_left_out(layout.corpus, left_out)
    table = table[~lost].reset_index(drop=True)
    emotionless = table["emotion"] == NO_EMOTION
    if "category" in table and emotionless.any():
        counts = table["category"][emotionless].value_counts()
        message = (
            f"{layout.corpus}: some categories are no emotion of ser_utils.labels.EMOTIONS, and "
            "their utterances (how many) can be labelled by a threshold on their ratings only: "
            + ", ".join(f"{word!r} ({n})" for word, n in counts.items())
        )
        warnings.warn(message, SerWarning, stacklevel=3)
    return table


def match_lines(file: Path, begins: str, label: str) -> Labels:
    """Read the lines of a label file that begin with `begins`.

    The named groups of the regular expression `label` are the parts of a label.
    """
    labels, damaged = [], []
    with file.open(encoding="utf-8-sig", errors="replace") as lines:
        for number, line in enumerate(lines, start=1):
            if match := re.fullmatch(label, line.strip(), re.IGNORECASE):
                labels.append(match.groupdict())
            elif line.lower().startswith(begins.lower()):
                damaged.append(number)
    return labels, damaged


def read_columns(file: Path, columns: Mapping[str, str], **dialect) -> Labels:
    """Read some columns of a label file with a header, each with a regular expression of its cells.

    `dialect` is for `csv.DictReader`. A missing column is a `CorpusError`.
    """
    labels, damaged = [], []
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
        rows = csv.DictReader(lines, **dialect)
        named = translator({column: column for column in columns})
        rows.fieldnames = [named(name) for name in rows.fieldnames or ()]
        missing = [column for column in columns if column not in rows.fieldnames]
        if missing:
            raise CorpusError(f"{file} has no column {', '.join(missing)} in its first line")
        for row in rows:
            label = {column: (row[column] or "").strip() for column in columns}
            fits = (re.fullmatch(columns[c], label[c], re.IGNORECASE) for c in columns)
            if None not in row and all(fits):
                labels.append(label)
            else:
                damaged.append(rows.line_num)
    return labels, damaged


def _audio(folder: Path, layout: LabelLayout) -> tuple[dict[str, Path], dict[str, list[Path]]]:
    """Return the audio files by stem without case, and what is left out, and why."""
    found, no_speech = {}, []
    for file in find_audio(folder):
        above, _, stem = name_below(folder, file).rpartition("/")
        if layout.left_out and re.fullmatch(layout.left_out, stem, re.IGNORECASE):
            continue
        if is_no_speech(f"{above}/{stem}"):
            no_speech.append(file)
        else:
            found.setdefault(folded(stem), []).append((file, f"{above}/" if above else ""))
    if not found:
        raise no_audio(layout.corpus, folder, layout.example)
    recordings, versions = copies.sort_out(layout.corpus, found, layout.folders)
    return recordings, {"laryngograms, which are no speech": no_speech} | versions


def _labels(folder: Path, layout: LabelLayout) -> tuple[pd.DataFrame, list[str]]:
    """Return the labels of all files, with the stem as index, and where lines are damaged."""
    # Some folders down, for those that archives unpack to. Not by "**", which follows no links.
    letters = (f"[{c.lower()}{c.upper()}]" if c.isalpha() else c for c in layout.files)
    pattern = "".join(letters)  # since names are compared without case
    found = (file for depth in range(4) for file in folder.glob("*/" * depth + pattern))
    files = sorted(file for file in found if file.name[0] != "." and file.is_file())
    if not files:
        raise CorpusError(
            f"{layout.corpus}: no label file in {folder}. Expected {layout.files}, which is part "
            "of the release."
        )
    labels, damaged = [], []
    for file in files:
        try:
            with file.open("rb") as content:
                mend = pointer(content.read(200))
            if mend:
                raise CorpusError(f"{file}: {mend}")
            of_file, lines = layout.read(file)
        except (OSError, csv.Error) as error:
            raise CorpusError(f"{layout.corpus}: cannot read {file}: {error}") from error
        labels += of_file
        damaged += [f"{file}, line {number}" for number in lines]
    if not labels:
        raise CorpusError(f"{layout.corpus}: no label in {some(files)}. Is it of this corpus?")
    table = pd.DataFrame(labels)
    table["stem"], table["speaker"] = one_spelling(table["stem"]), one_spelling(table["speaker"])
    # A label that is repeated does no harm; one that is contradicted does.
    table = table.drop_duplicates()
    table = table.set_index(table["stem"].map(folded).rename(None))
    twice = table.index[table.index.duplicated()].unique()
    if len(twice):
        raise CorpusError(
            f"{layout.corpus}: label files contradict each other about {some(twice)}. "
            f"Keep one of them: {some(files)}"
        )
    return table, damaged


def _table(labels: pd.DataFrame, audio: Mapping[str, Path], layout: LabelLayout) -> pd.DataFrame:
    """Complete `labels`, each of which has audio, to a table."""
    emotion = NO_EMOTION
    if "category" in labels:
        words = {emotion: emotion for emotion in EMOTIONS} | dict(layout.emotions)
        emotion = labels["category"].map(translator(words))
    table = pd.DataFrame({"sentence": "", "intensity": ""}, index=labels.index)
    table[labels.columns] = labels
    table = table.assign(
        path=[str(audio[stem]) for stem in labels.index],
        dataset=layout.corpus,
        language=layout.language,
        speaker=f"{layout.corpus}-" + labels["speaker"],
        emotion=emotion,
    )
    for dimension in (*TASKS, "dominance"):
        if dimension in table:
            table[dimension] = table[dimension].astype(float)
    if "gender" in labels:
        table["gender"] = labels["gender"].str.lower()
    own = [column for column in labels if column not in (*COLUMNS, "stem")]
    return table[[*COLUMNS, *own]].reset_index(drop=True)
