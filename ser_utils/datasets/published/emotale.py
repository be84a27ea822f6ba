"""EmoTale: Danish and English, 18 speakers, acted, rated; a corpus for each language.

Hjuler, Skat-Rørdam, Clemmensen and Das, "EmoTale: An Enacted Speech-emotion Dataset in Danish",
IEEE ASRU 2025.
"""

from functools import partial
from pathlib import Path
from statistics import fmean

from ser_utils.datasets.corpus import Corpus
from ser_utils.datasets.label_files import NUMBER, Labels, labelled_corpus, read_columns
from ser_utils.datasets.layouts import codes

# Language, speaker, acted emotion, sentence.
_FILE = r"(DK|EN)_\d+_[A-Z]_\d+(\.\w+)?"
_RATERS = ("a1", "a2", "a3")
_DIMENSIONS = {"arousal": "A", "valence": "V", "dominance": "D"}
COLUMNS = {"file": _FILE} | {
    f"{rater}_{code}": NUMBER for rater in _RATERS for code in _DIMENSIONS.values()
}


def read_labels(file: Path, prefix: str) -> Labels:
    """Read the ratings in `annotations.csv` of one language, and average them over the raters."""
    rows, damaged = read_columns(file, COLUMNS)
    labels = []
    for row in rows:
        stem = row["file"].partition(".")[0]
        language, speaker, emotion, sentence = stem.split("_")
        if language.upper() == prefix:
            ratings = {
                dimension: str(fmean(float(row[f"{rater}_{code}"]) for rater in _RATERS))
                for dimension, code in _DIMENSIONS.items()
            }
            label = {"stem": stem, "speaker": speaker, "gender": "", "category": emotion}
            labels.append(label | {"sentence": sentence} | ratings)
    return labels, damaged


def _corpus(language: str, title: str, prefix: str, other: str) -> Corpus:
    """Describe the corpus of one language, in the folder of both."""
    return labelled_corpus(
        corpus=f"emotale-{language}",
        language=language,
        title=f"EmoTale, {title}",
        source="get it as https://github.com/snehadas/EmoTale says",
        folder="emotale",
        example=f"wav/{prefix}_001_A_1.wav",
        folders="wav",
        left_out=rf"{other}_\d+_[A-Z]_\d+",
        files="annotations.csv",
        read=partial(read_labels, prefix=prefix),
        # What was acted; what each rater heard is not read.
        emotions=codes(anger="A", boredom="B", happiness="H", neutral="N", sadness="S"),
    )


CORPORA = (
    _corpus("da", "Danish", "DK", other="EN"),
    _corpus("en", "English", "EN", other="DK"),
)
