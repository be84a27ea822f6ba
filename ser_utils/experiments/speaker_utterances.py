"""From how many utterances of a speaker normalisation by speaker may be trusted.

A baseline under ordinary batch norm reads nothing of the target, so that the statistics of a target
speaker can be taken from few utterances after training. Each quarter of a speaker's utterances is
standardised by k others, drawn from the other quarters: at random, or of one class only, as where
somebody was recorded in one mood. The latter needs labels of the target: an illustration.
"""

from collections import namedtuple
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from ser_utils import domains, metrics
from ser_utils.errors import require_finite
from ser_utils.experiments import resampling, scoring
from ser_utils.experiments.grid import Grid
from ser_utils.experiments.result_rows import KEY, Key
from ser_utils.experiments.runs import Experiment
from ser_utils.experiments.streamed import RUN_AGAIN, Table
from ser_utils.features import Features
from ser_utils.utterances import Labelled, Unlabelled, standardiser

ALL = "all"
#: k; of a speaker who has fewer in the other quarters, all of them count.
COUNTS = (2, 4, 8, 16, 32, ALL)
#: What k are drawn from.
ANY, ONE_CLASS = "any", "oracle_one_class"
PARTS = 4
#: Of utterances as arrays: no lengths, and whose they are does not matter.
_NOBODY = None, np.empty(0, str), ""
#: Stands for the task in means over the tasks.
MEAN = "mean"

Row = namedtuple("Row", [*KEY, "utterances", "drawn"])


def rows(grid: Grid) -> list[Row]:
    """Return every training of a grid; under normalisation by speaker, for each k and draw."""
    few = [(count, drawn) for drawn in (ANY, ONE_CLASS) for count in COUNTS]
    return [
        Row(*key, *of)
        for key in grid.rows()
        for of in (few if key.normalise == "speaker" else [(ALL, ANY)])
    ]


def training_of(row: Row) -> Key:
    """Name a training: of one source corpus, it is the same by source and by dataset."""
    key = Key(*row[: len(KEY)])
    own = key.normalise == "speaker" or "+" in key.source
    return key if own else key._replace(normalise="source")


def score(keys: Sequence[Row], source: Features, target: Features) -> list[tuple[float]]:
    """Train once; return UAR on all utterances of the target for each row."""
    pair = scoring.pair_of(keys[0], source, target)
    run = scoring.train(pair, keys[0].batch_norm, keys[0].method, keys[0].seed)
    whole = replace(domains.domain(target, pair.task), role="target")
    scores = []
    for row in keys:
        if row.normalise != "speaker":
            versions = [scoring.pair_of(row, source, target).evaluation]
        elif row.drawn == ANY:
            versions = [by_others(whole, row.utterances, row.seed, pair.clip)]
        else:
            of = (whole.labels == label for label in (0, 1))
            versions = [by_others(whole, row.utterances, row.seed, pair.clip, one) for one in of]
        scores.append((np.mean([metrics.uar(x.labels, run.predict(x)) for x in versions]),))
    return scores


def by_others(
    whole: Labelled,
    count: int | str,
    seed: int,
    clip: float | None,
    among: np.ndarray | None = None,
) -> Labelled:
    """Standardise each part of a speaker's utterances by some of the others; there are `PARTS`.

    They are `count` that are drawn at random, or all there are if these are fewer; if there are
    none, the part itself. Draws of one seed begin with the same utterances whatever the count.

    Parameters
    ----------
    whole : Labelled
        Utterances of functionals.
    count : int or "all"
    seed : int
    clip : float or None
        The limit of standardised features.
    among : np.ndarray, shape (n,), bool, optional
        What may be drawn; by default everything.
    """
    rng, scaled = np.random.default_rng(seed), np.empty_like(whole.features)
    for speaker in np.unique(whole.speakers):
        parts = np.array_split(rng.permutation(np.flatnonzero(whole.speakers == speaker)), PARTS)
        for i, part in enumerate(parts):
            others = rng.permutation(np.concatenate(parts[:i] + parts[i + 1 :]))
            drawn = others if among is None else others[among[others]]
            few = drawn[: None if count == ALL else count]
            known, these = (
                Unlabelled(whole.features[numbers], *_NOBODY)
                for numbers in (few if len(few) else part, part)
            )
            scaled[part] = standardiser(known, clip)(these).features
    return replace(whole, features=scaled)


def means(trainings: pd.DataFrame) -> pd.DataFrame:
    """Average over pairs and seeds, by task and over both: one row per k and draw.

    `over_dataset` and `over_source` are gains over the other normalisations in UAR, whose 95 %
    intervals over pairs and seeds are from `_low` to `_high`; `pairs_behind` is the share of pairs
    on which dataset normalisation is better.
    """
    require_finite(trainings["uar_target"].to_numpy(), "trainings", RUN_AGAIN)
    trainings = trainings.assign(pair=trainings["source"] + " " + trainings["target"])
    both = trainings.assign(task=MEAN)
    lines = []
    for task, of in pd.concat([trainings, both]).groupby("task", sort=False):
        by = ["normalise", "utterances", "drawn"]
        scores = of.pivot_table("uar_target", ["pair", "seed"], by, sort=False)
        for normalise, utterances, drawn in scores:
            own = scores[normalise, utterances, drawn]
            line = [task, normalise, utterances, drawn, own.mean()]
            for other in ("dataset", "source"):
                gains = (own - scores[other, ALL, ANY]).unstack("seed")
                gain = resampling.over_pairs_and_seeds(gains.to_numpy()).estimate()
                line += [gain.value, gain.low, gain.high]
                if other == "dataset":
                    line.append((gains.mean(axis=1) < 0).mean())
            lines.append(line)
    dataset, source = (
        [f"over_{other}{end}" for end in ("", "_low", "_high")] for other in ("dataset", "source")
    )
    columns = ["task", *by, "oracle_uar", *dataset, "pairs_behind", *source]
    return pd.DataFrame(lines, columns=columns).round(4)


EXPERIMENT = Experiment(
    rows,
    training_of,
    score,
    tables=lambda path, _: [Table(path, ["uar_target"])],
    means=means,
    varied={"varied": {"utterances": COUNTS, "drawn": (ANY, ONE_CLASS)}},
)
