"""nEMO: Polish, 9 actors, acted.

Christop, "nEMO: Dataset of Emotional Speech in Polish", LREC-COLING 2024, pp. 12111-12116.
"""

import csv
from pathlib import Path, PurePath

from ser_utils.datasets.download.hosts import GitHubCommit
from ser_utils.datasets.label_files import Labels, labelled_corpus, read_columns

COLUMNS = {
    "file_id": r"[^_]+_[^_]+_\d+(\.\w+)?",  # speaker, emotion, sentence
    "emotion": r".+",
    "speaker_id": r".+",
    "gender": r"female|male",
}


def read_labels(file: Path) -> Labels:
    """Read `data.tsv`; its texts are neither quoted nor needed."""
    labels, damaged = read_columns(file, COLUMNS, delimiter="\t", quoting=csv.QUOTE_NONE)
    for label in labels:
        label["stem"] = PurePath(label.pop("file_id")).stem
        label["speaker"] = label.pop("speaker_id")
        label["category"] = label.pop("emotion")
        label["sentence"] = label["stem"].split("_")[-1]
    return labels, damaged


CORPUS = labelled_corpus(
    corpus="nemo",
    language="pl",
    title="nEMO: Dataset of Emotional Speech in Polish",
    source="clone https://github.com/amu-cai/nEMO (about 500 MB), or download it as an archive,",
    put="put it",
    download=GitHubCommit(
        licence="CC BY-NC-SA 4.0 (https://creativecommons.org/licenses/by-nc-sa/4.0)",
        repository="amu-cai/nEMO",
        commit="06f1f83dde8f1a780443a57d53b2af3971af34ab",
        folders=("samples",),
    ),
    example="samples/EB0_anger_1.wav",
    folders="samples",
    files="data.tsv",
    read=read_labels,
    emotions={"surprised": "surprise"},
)
