"""A run of an experiment: in parallel, row by row into a file, and on from where it was stopped."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from ser_utils import datasets, features
from ser_utils.errors import require_jobs
from ser_utils.experiments import parallel, provenance, systems
from ser_utils.experiments.grid import Grid, by_language
from ser_utils.experiments.streamed import StreamedRows, Table, refused
from ser_utils.features import Features
from ser_utils.files import write_text


@dataclass(frozen=True)
class Experiment:
    """What an experiment asks of each training of a grid."""

    #: From a grid to the keys of all rows, named tuples with `source` and `target`, in order.
    rows: Callable[[Grid], list[tuple]]
    #: From a key to all that tells its training from another: rows with the same share one.
    training_of: Callable[[tuple], Hashable]
    #: From keys with one training, and the features of the corpora of the first one (a list for a
    #: source of several languages), to a score for each key. Other processes import it.
    score: Callable[[Sequence[tuple], Features | list[Features], Features], list]
    #: From a path and the speakers of all targets to the tables of the file or files.
    tables: Callable[[Path, Iterable[str]], list[Table]]
    #: From the rows to the table that the experiment is for. With it the rows are streamed to
    #: `NAME_trainings.csv`, and `NAME.csv` is made of them once all are there.
    means: Callable[[pd.DataFrame], pd.DataFrame] | None = None
    #: Settings that it varies, for the provenance.
    varied: dict = field(default_factory=dict)
    #: What it trains unless others are asked for.
    methods: tuple[str, ...] = systems.REPRODUCED
    #: Names in `settings` that it is to choose: what is in force there does not matter to it.
    chooses: Iterable[str] = ()


def run(
    experiment: Experiment, grid: Grid, out: Path, jobs: int = 1, scheduler: str | None = None
) -> int:
    """Run an experiment, or what is missing of it, into the table `out`.

    How it came about is written beside it, as JSON. Processes here, `jobs` of them, do the work, or
    those of a Dask `scheduler` (see `parallel.stream`). Returns how many trainings failed: their
    rows are missing, and causes are printed. A grid that cannot be run (see `Grid.check`), or a
    file `out` of another grid, other settings or other corpora, raises a `SerError`.
    """
    require_jobs(jobs)
    grid.check()
    path = out.with_name(f"{out.stem}_trainings.csv") if experiment.means else out
    how = {"on_error": grid.on_error}
    corpora = {name: datasets.load(name, **how) for name in grid.corpora()}
    extracted = {
        name: features.extract(table, grid.features, **how) for name, table in corpora.items()
    }
    skipped = {name: these.skipped for name, these in extracted.items()}
    about = provenance.describe(asdict(grid) | experiment.varied, corpora, skipped)
    for name in experiment.chooses:
        del about["hyper_parameters"][name]
    known = provenance.check_same(path, about)
    if not path.exists():  # before there are rows, which are nothing without it
        provenance.write(path, about)
    targets = sorted({target for _, target in grid.ordered_pairs()})
    speakers = {speaker for name in targets for speaker in extracted[name].table["speaker"]}
    keys = _with_ceilings_that_exist(experiment.rows(grid), corpora)
    file = StreamedRows(experiment.tables(path, speakers), keys)
    to_do: dict[Hashable, list[tuple]] = {}
    for key in keys:
        if key not in file.done:
            to_do.setdefault(experiment.training_of(key), []).append(key)
    missing = list(to_do.values())
    if not known and missing:
        raise refused(
            f"{path} was begun on copies of its corpora that {path.stem}.json does not tell, and "
            "is not complete."
        )
    if missing:
        provenance.write(path, about)
    elif not known:
        print(provenance.sentence(path))
    done = len(set(map(experiment.training_of, keys))) - len(missing)
    failures = 0
    items = [
        (experiment.score, systems.SYSTEMS, keys_of_one, *_features_of(keys_of_one[0], extracted))
        for keys_of_one in missing
    ]
    try:
        for index, scores in parallel.stream(_attempt, items, jobs, out.stem, done, scheduler):
            if isinstance(scores, str):
                failures += 1
                tqdm.write(f"not trained: {', '.join(map(str, missing[index][0]))}: {scores}")
            else:
                file.append(dict(zip(missing[index], scores, strict=True)))
    finally:
        file.sort()
        print(f"{len(file.done)} of {len(keys)} rows are in {path}.")
        print(provenance.left_out(path), end="")
        if len(file.done) < len(keys):
            print("The same command goes on from there.")
    if experiment.means and len(file.done) == len(keys):
        table = experiment.means(pd.read_csv(path))
        write_text(out, table.to_csv(index=False, lineterminator="\n"))
        provenance.write(out, provenance.read(path))
        print(f"{out} is written.")
    return failures


def _features_of(
    key: tuple, extracted: Mapping[str, Features]
) -> tuple[Features | list[Features], Features]:
    """Features of source and target of a row; of a source of several languages, a list."""
    parts = [extracted[name] for name in by_language(key.source)]
    return parts if len(parts) > 1 else parts[0], extracted[key.target]


def _with_ceilings_that_exist(keys: list[tuple], corpora: Mapping[str, pd.DataFrame]) -> list:
    """Leave out rows of a ceiling that has no other speaker of the target to learn from."""
    alone = [name for name, table in corpora.items() if table["speaker"].nunique() < 2]
    oracles = [name for name, system in systems.SYSTEMS.items() if system.oracle]
    lacking = {key for key in keys if key.target in alone and getattr(key, "method", "") in oracles}
    if lacking:
        print(f"Without a ceiling, which learns from other speakers: {', '.join(alone)} has one.")
    return [key for key in keys if key not in lacking]


def _attempt(score: Callable, known: dict[str, systems.System], *arguments) -> list | str:
    """Score a training, or say why it could not be carried out."""
    systems.SYSTEMS.update(known)  # another process has only those that the package lists
    try:
        return score(*arguments)
    except Exception as error:  # whatever it is, the other trainings go on
        return f"{type(error).__name__}: {error}"
