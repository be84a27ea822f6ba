"""Corpora of emotional speech, each as a table with one row per utterance.

>>> from ser_utils import datasets
>>> datasets.load("synthetic-en")  # doctest: +SKIP

A corpus of your own is a folder of `SER_DATA` with a `table.csv`, a parser that `register` makes
known, or any table with the columns `COLUMNS`, such as `from_table`, `from_audformat` and
`from_huggingface` make.

- `registry`: which corpora there are, and loading one by its name; `listing` shows them all.
- `corpus` and `table`: what a corpus is, and what its table has to hold.
- `layouts` and `label_files`: corpora with labels in the names of files, and in files of labels.
  `names` compares names, and `copies` tells recordings from copies of them.
- `published/`: one file per published corpus. `synthetic/`: the corpora that are built in.
- `own_table` (of `table_files`), `audformat_database`, `huggingface_dataset`: corpora of your own.
- `workers`: processes that end with the one that started them.
- `download/` fetches corpora, and `audit/` reads every file of one and reports what is wrong.
"""

from ser_utils.datasets.audformat_database import from_audformat
from ser_utils.datasets.corpus import COLUMNS, Corpus
from ser_utils.datasets.huggingface_dataset import from_huggingface
from ser_utils.datasets.listing import describe, overview
from ser_utils.datasets.own_table import from_table
from ser_utils.datasets.registry import (
    CORPORA,
    available,
    choose,
    corpora,
    find,
    load,
    names,
    register,
)

__all__ = ["COLUMNS", "CORPORA", "Corpus", "available", "choose", "corpora", "describe", "find"]
__all__ += [
    "from_audformat",
    "from_huggingface",
    "from_table",
    "load",
    "names",
    "overview",
    "register",
]
