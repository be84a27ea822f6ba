"""A run of an experiment: in parallel, row by row into a file, and on from where it was stopped."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from ser_utils import datasets, features
from ser_utils.errors import ResultsError
from ser_utils.experiments import parallel, provenance, systems
from ser_utils.experiments.grid import Grid
from ser_utils.experiments.streamed import StreamedRows, Table
from ser_utils.features import Features
from ser_utils.files import written_whole


@dataclass(frozen=True)
class Experiment:
    """What an experiment asks of each training of a grid.

    Attributes
    ----------
    rows : callable
        From a grid to the keys of all rows, named tuples with `source` and `target`, in order.
    training_of : callable
        From a key to all that tells its training from another: rows with the same share one.
    score : callable
        From keys with one training, and the features of the corpora of the first one, to a score
        for each key. Other processes import it.
    tables : callable
        From a path and the speakers of all targets to the tables of the file or files.
    means : callable or None
        From the rows, as a data frame, to the table that the experiment is for. Then the rows are
        streamed to `NAME_trainings.csv`, and `NAME.csv` is made of them once all are there.
    varied : dict
        Settings that it varies, for the provenance.
    """

    rows: Callable[[Grid], list[tuple]]
    training_of: Callable[[tuple], Hashable]
    score: Callable[[Sequence[tuple], Features, Features], list]
    tables: Callable[[Path, Iterable[str]], list[Table]]
    means: Callable[[pd.DataFrame], pd.DataFrame] | None = None
    varied: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Failure:
    """A training that could not be carried out."""

    cause: str


def run(
    experiment: Experiment, grid: Grid, out: Path, jobs: int = 1, scheduler: str | None = None
) -> int:
    """Run an experiment, or what is missing of it.

    Parameters
    ----------
    experiment : Experiment
    grid : Grid
    out : Path
        The table to write. How it came about is written beside it, as JSON.
    jobs : int
        Processes.
    scheduler : str, optional
        Address of a Dask scheduler that has workers for the trainings.

    Returns
    -------
    int
        How many trainings failed. Their rows are missing; causes are printed.

    Raises
    ------
    SerError
        If the grid cannot be run (see `Grid.check`), or `out` is of another one, of other settings
        or of other corpora.
    """
    grid.check()
    path = out.with_name(f"{out.stem}_trainings.csv") if experiment.means else out
    corpora = {name: datasets.load(name) for name in grid.corpora()}
    about = provenance.describe(asdict(grid) | experiment.varied, corpora)
    known = provenance.check_same(path, about)
    extracted = {name: features.extract(table, grid.features) for name, table in corpora.items()}
    targets = sorted({target for _, target in grid.ordered_pairs()})
    speakers = {speaker for name in targets for speaker in extracted[name].table["speaker"]}
    keys = experiment.rows(grid)
    file = StreamedRows(experiment.tables(path, speakers), keys)
    missing = _by_training(experiment, (key for key in keys if key not in file.done))
    if missing:
        if not known:
            raise ResultsError(
                f"{path} was begun on copies of its corpora that {path.stem}.json does not tell, "
                "and is not complete. Choose another --out, or move the file away."
            )
        provenance.write(path, about)
    elif not known:
        print(provenance.sentence(path))
    done = len(_by_training(experiment, keys)) - len(missing)
    failures = 0
    items = [
        (experiment.score, systems.SYSTEMS, of, extracted[of[0].source], extracted[of[0].target])
        for of in missing
    ]
    try:
        for index, scores in parallel.stream(_attempt, items, jobs, out.stem, done, scheduler):
            rows = missing[index]
            if isinstance(scores, Failure):
                failures += 1
                tqdm.write(f"not trained: {', '.join(map(str, rows[0]))}: {scores.cause}")
            else:
                file.append(dict(zip(rows, scores, strict=True)))
    finally:
        file.sort()
        print(f"{len(file.done)} of {len(keys)} rows are in {path}.")
        if len(file.done) < len(keys):
            print("The same command goes on from there.")
    if experiment.means and len(file.done) == len(keys):
        table = experiment.means(pd.read_csv(path))
        with written_whole(out) as temporary:
            temporary.write_text(table.to_csv(index=False))
        provenance.write(out, provenance.read(path))
        print(f"{out} is written.")
    return failures


def _by_training(experiment: Experiment, keys: Iterable[tuple]) -> list[list[tuple]]:
    rows: dict[Hashable, list[tuple]] = {}
    for key in keys:
        rows.setdefault(experiment.training_of(key), []).append(key)
    return list(rows.values())


def _attempt(
    score: Callable, known: dict[str, systems.System], *arguments
) -> list[object] | Failure:
    systems.SYSTEMS.update(known)  # another process has only those that the package lists
    try:
        return score(*arguments)
    except Exception as error:  # whatever it is, the other trainings go on
        return Failure(f"{type(error).__name__}: {error}")
