"""The ladder: from source-only training on one language to the ceiling, rung by rung.

Each rung is a filter over the rows of files that `reproduce` wrote, some of them for sources of
several languages. All are means over the same targets and tasks, on the same draws.
"""

from collections.abc import Sequence
from dataclasses import asdict, astuple
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from ser_utils.errors import ResultsError
from ser_utils.experiments import provenance, result_rows, selection
from ser_utils.experiments.grid import has_several_languages
from ser_utils.experiments.resampling import ENTRY, TARGETS, Resampling
from ser_utils.experiments.result_rows import KEY, Rows
from ser_utils.experiments.standings import Entry
from ser_utils.experiments.systems import BY_RULE, CANDIDATES
from ser_utils.metrics import REPLICATES, Sampled


class Rung(NamedTuple):
    """A system under its conditions, whether its source has several languages, and its step.

    The step is from the rung `over`, by name; the first has none.
    """

    title: str
    entry: Entry
    several: bool = False
    over: str = ""


_STATISTICS = Entry("baseline", batch_norm="joint")
_DANN = Entry("dann_5_1", batch_norm="joint")
_BY_SPEAKER = Entry("baseline", normalise="speaker")
_DANN_BY_SPEAKER = _DANN._replace(normalise="speaker")
_RULE = Entry("dann_rule", normalise="speaker", batch_norm=BY_RULE)
#: By name, from the bottom to the top. One with an adversary is a step from one without.
RUNGS = {
    "naive": Rung("source-only, one language", Entry("unclipped")),
    "clipped": Rung("inputs clipped", Entry("baseline"), over="naive"),
    "statistics": Rung("target in the batch statistics", _STATISTICS, over="clipped"),
    "adversary": Rung("trained adversary", _DANN, over="statistics"),
    "speaker": Rung("by speaker, source-only", _BY_SPEAKER, over="clipped"),
    "speaker_adversary": Rung("by speaker, trained adversary", _DANN_BY_SPEAKER, over="speaker"),
    "languages": Rung("several languages, source-only", Entry("baseline"), True, "clipped"),
    "languages_statistics": Rung(
        "several languages, target in the batch statistics", _STATISTICS, True, "languages"
    ),
    "languages_adversary": Rung(
        "several languages, trained adversary", _DANN, True, "languages_statistics"
    ),
    "languages_speaker": Rung(
        "several languages, by speaker, source-only", _BY_SPEAKER, True, "languages"
    ),
    "languages_speaker_adversary": Rung(
        "several languages, by speaker, trained adversary",
        _DANN_BY_SPEAKER,
        True,
        "languages_speaker",
    ),
    "rule": Rung("several languages, by speaker, DANN by rule", _RULE, True, "languages_speaker"),
    "ceiling": Rung(
        "ceiling: labels of other speakers of the target", Entry("supervised"), over="rule"
    ),
}
#: What has to be trained: all rungs, in place of the rule all that it chooses from.
NEEDED = [rung for name, rung in RUNGS.items() if name != "rule"] + [
    Rung("candidates of the rule", _DANN_BY_SPEAKER._replace(method=name), True)
    for name in CANDIDATES
]
#: Files of results that hold a ladder: the usual one, and what it lacks.
FILES = tuple(Path(f"results/{name}.csv") for name in ("reproduction", "speaker", "languages"))


def _missing(rungs: Sequence[Rung]) -> ResultsError:
    """Build the error for rungs that were not trained."""
    titles = "; ".join(dict.fromkeys(rung.title for rung in rungs))
    return ResultsError(
        f"the ladder lacks rungs, or targets and tasks of them ({titles}): run `make reproduce "
        "ladder`. If you give files, give all of them."
    )


def read(paths: Sequence[Path]) -> Rows:
    """Read the rows of several files of results, and what the rule chooses within each of them.

    Raises
    ------
    ResultsError
        If there is no file, or they are of other targets, settings or copies of corpora.
    """
    if not paths:
        raise _missing(NEEDED)
    abouts = [provenance.read(path) for path in paths]
    parts = [selection.with_chosen(result_rows.read(path)) for path in paths]
    for path, about, part in zip(paths, abouts, parts, strict=True):
        first = abouts[0]["corpora"]
        same = all(about["corpora"].get(name, copy) == copy for name, copy in first.items())
        same &= about["hyper_parameters"] == abouts[0]["hyper_parameters"]
        if not same or part.speakers != parts[0].speakers:
            raise ResultsError(
                f"{path} is of other settings, corpora or targets than {paths[0]}: run both alike."
            )
    rows = Rows.joined(parts)
    return rows.take(np.flatnonzero(~rows.table.duplicated(list(KEY))))


class Ladder:
    """The rungs, on the same draws of target speakers, seeds and targets.

    Parameters
    ----------
    rows : Rows
        As from `read`.
    replicates, seed : int
        Of the bootstrap.

    Raises
    ------
    ResultsError
        If a rung was not run on all targets and tasks.
    """

    def __init__(self, rows: Rows, replicates: int = REPLICATES, seed: int = 0) -> None:
        self._table = rows.table.reset_index(drop=True)
        several = {name: has_several_languages(name) for name in self._table["source"].unique()}
        self._several = self._table["source"].map(several)
        if lacking := self._lacking():
            raise _missing(lacking)
        drawn = "speakers", "seeds", TARGETS
        self._resampling = Resampling(rows, replicates, seed, over=drawn)

    def _lacking(self) -> list[Rung]:
        """Name the rungs without some source, target and task that another one has."""
        cells = {}
        for rung in NEEDED:
            of_rung = self.trainings(rung)[["source", "target", "task"]]
            cells[rung] = set(of_rung.itertuples(index=False, name=None))
        alike = {
            several: set().union(*(own for rung, own in cells.items() if rung.several == several))
            for several in (False, True)
        }
        targets = {cell[1:] for cell in alike[False] | alike[True]}
        return [
            rung
            for rung, own in cells.items()
            if own != alike[rung.several] or {cell[1:] for cell in own} != targets
        ]

    def trainings(self, rung: Rung) -> pd.DataFrame:
        """Return the rows of a rung."""
        is_entry = (self._table[list(Entry._fields)] == list(rung.entry)).all(axis=1)
        return self._table[is_entry & (self._several == rung.several)]

    def score(self, rung: Rung, measure: str = "uar") -> Sampled:
        """Return the mean of a measure over tasks, sources and targets, in [0, 1]."""
        entries = self.trainings(rung)[ENTRY].drop_duplicates()
        names = list(entries.itertuples(index=False, name=None))
        method, by_pair = rung.entry.method, {}
        for name in names:
            samples = self._resampling.pair_samples(name, method, measure)
            by_pair.setdefault(name[-2:], []).append(samples)
        samples = np.mean(list(by_pair.values()), axis=1)
        mean = self._resampling.mean_over_pairs(samples, by_pair)
        return Sampled.of(mean, self._resampling.speakers_drawn(names, method))


def table(ladder: Ladder) -> pd.DataFrame:
    """Tabulate the rungs, in percent.

    Returns
    -------
    pd.DataFrame
        One row per rung: its name `rung`, and `title`; `uar` with its 95 % interval from `low` to
        `high`, `auc` with `auc_low` and `auc_high`; the means of `uar_median`, `uar_em` and
        `language_accuracy`; UAR on each target, as `uar_` and its name; and the step in points:
        the rung `over` which it is, `gain` in UAR with `gain_low` and `gain_high`, and `auc_gain`
        with its two, on the same draws. Of few targets the intervals are somewhat too narrow.
    """
    score = {
        (name, of): ladder.score(rung, of) for name, rung in RUNGS.items() for of in ("uar", "auc")
    }
    lines = []
    for name, rung in RUNGS.items():
        own = ladder.trainings(rung)
        line = _bounds("uar", "", score[name, "uar"]) | _bounds("auc", "auc_", score[name, "auc"])
        line |= own[["uar_median", "uar_em", "language_accuracy"]].mean()
        line |= own.groupby("target")["uar_target"].mean().add_prefix("uar_")
        for of, start in (("uar", "gain"), ("auc", "auc_gain")) if rung.over else ():
            line |= _bounds(start, f"{start}_", score[name, of] - score[rung.over, of])
        numbers = {column: 100 * share for column, share in line.items()}
        lines.append({"rung": name, "title": rung.title, "over": rung.over} | numbers)
    return pd.DataFrame(lines)


def _bounds(name: str, prefix: str, sampled: Sampled) -> dict[str, float]:
    names = name, f"{prefix}low", f"{prefix}high"
    return dict(zip(names, astuple(sampled.estimate()), strict=True))


def gap_closed(ladder: Ladder, name: str = "rule") -> Sampled:
    """Return which share of the way from the naive baseline to the ceiling a rung comes."""
    naive, own, ceiling = (ladder.score(RUNGS[of]) for of in ("naive", name, "ceiling"))
    gain, room = own - naive, ceiling - naive
    return Sampled(gain.value / room.value, gain.samples / room.samples)


def headline(ladder: Ladder, table: pd.DataFrame) -> dict:
    """Return what is told of the ladder: scores of each rung in percent, and `gap_closed`.

    That is by the rule; `gap_closed_source_only` is by the same conditions without an adversary.
    """
    rungs = table.round(2).set_index("rung").to_dict("index")
    told = {name: rungs[name]["uar"] for name in ("naive", "languages_speaker", "rule", "ceiling")}
    for key, name in (("gap_closed", "rule"), ("gap_closed_source_only", "languages_speaker")):
        closed = asdict(gap_closed(ladder, name).estimate())
        told[key] = {bound: round(100 * share, 2) for bound, share in closed.items()}
    return told | {"rungs": rungs}
