"""RECOLA: French, remote collaboration in pairs, spontaneous, rated; cut into turns by its user.

Ringeval, Sonderegger, Sauer and Lalanne, "Introducing the RECOLA Multimodal Corpus of Remote
Collaborative and Affective Interactions", IEEE FG 2013.

The release has recordings of five minutes and ratings every 40 ms, no turns. `data/README.md` says
how to make them.
"""

from pathlib import Path, PureWindowsPath

from ser_utils.datasets.label_files import NUMBER, Labels, labelled_corpus, read_columns

COLUMNS = {
    "file": r".+",
    "speaker": r".+",
    "gender": r"female|male",
    "arousal": NUMBER,
    "valence": NUMBER,
}


def read_labels(file: Path) -> Labels:
    """Read `turns.csv`."""
    labels, damaged = read_columns(file, COLUMNS)
    for label in labels:
        label["stem"] = PureWindowsPath(label.pop("file")).stem  # takes both kinds of slashes
    return labels, damaged


CORPUS = labelled_corpus(
    corpus="recola",
    language="fr",
    title="RECOLA: Remote Collaborative and Affective Interactions (turns)",
    source="ask for it as https://diuf.unifr.ch/main/diva/recola says (for research)",
    put="put turns, cut as data/README.md says,",
    example="turns/P16_001.wav",
    folders="turns",
    files="turns.csv",
    read=read_labels,
)
