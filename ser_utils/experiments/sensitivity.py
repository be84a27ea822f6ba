"""How the gain of DANN depends on the settings that nobody tuned, one varied at a time.

Scores are on the target, so they need its labels: they explain a result, and must not choose
anything.
"""

from collections import namedtuple
from collections.abc import Sequence

import pandas as pd

from ser_utils import metrics, settings
from ser_utils.errors import DomainError, require_finite
from ser_utils.experiments import resampling, scoring, systems
from ser_utils.experiments.grid import Grid
from ser_utils.experiments.result_rows import KEY
from ser_utils.experiments.runs import Experiment
from ser_utils.experiments.streamed import RUN_AGAIN, Table
from ser_utils.features import Features

VARIED = {
    "epochs": (10, settings.EPOCHS, 60),
    "max_lambda": (0.1, 0.3, settings.MAX_LAMBDA, 3.0),
    "steps": (1, 5, 20),
    "adversary_learning_rate": (1e-3, settings.ADVERSARY_LEARNING_RATE),
    "adversary_width": (16, settings.ADVERSARY_WIDTH, 256),
}
#: The values in use: steps are those of the candidates that have a trained adversary.
USUAL = {name: settings.as_dict().get(name, 5) for name in VARIED}

Row = namedtuple("Row", [*KEY, "setting", "value"])


def rows(grid: Grid) -> list[Row]:
    """Return every training of a grid under each value of each setting in `VARIED`."""
    if len(grid.methods) != 2:
        raise DomainError("sensitivity compares two methods: one without an adversary, one with.")
    varied = [(name, value) for name, values in VARIED.items() for value in values]
    return [Row(*key, *of) for of in varied for key in grid.rows()]


def training_of(row: Row) -> tuple:
    """Name a training: the adversary is nothing to a baseline, the usual value is on every axis."""
    affected = row.setting == "epochs" or systems.find(row.method).align
    chosen = USUAL | ({row.setting: row.value} if affected else {})
    return (*row[: len(KEY)], *chosen.items())


def score(keys: Sequence[Row], source: Features, target: Features) -> list[tuple[float]]:
    """Train under the settings of some rows that share them; return UAR on the target for each."""
    row = keys[0]
    chosen = dict(training_of(row)[len(KEY) :])
    epochs = chosen.pop("epochs")
    adversary = {name.removeprefix("adversary_"): value for name, value in chosen.items()}
    pair = scoring.pair_of(row, source, target)
    options = {"adversary": adversary, "epochs": epochs}
    run = scoring.train(pair, row.batch_norm, row.method, row.seed, **options)
    test = pair.evaluation
    return [(metrics.uar(test.labels, run.predict(test)),)] * len(keys)


def means(trainings: pd.DataFrame) -> pd.DataFrame:
    """Average over pairs and seeds: one row per setting, value, task and batch norm.

    `oracle_baseline`, `oracle_dann` and `oracle_gain` are UAR on the target of the first system, of
    the second, and their difference, whose 95 % interval over pairs and seeds is from `_low` to
    `_high`; `usual` marks the value in use.
    """
    require_finite(trainings["uar_target"].to_numpy(), "trainings", RUN_AGAIN)
    baseline, dann = trainings["method"].unique()
    trainings = trainings.assign(pair=trainings["source"] + " " + trainings["target"])
    lines = []
    for names, of in trainings.groupby(["setting", "value", "task", "batch_norm"], sort=False):
        scores = of.pivot(index=["pair", "seed"], columns="method", values="uar_target")
        gains = (scores[dann] - scores[baseline]).unstack("seed").to_numpy()
        gain = resampling.over_pairs_and_seeds(gains).estimate()
        score = scores.mean()
        lines.append([*names, score[baseline], score[dann], gain.value, gain.low, gain.high])
    gained = [f"oracle_gain{end}" for end in ("", "_low", "_high")]
    columns = ["setting", "value", "task", "batch_norm", "oracle_baseline", "oracle_dann", *gained]
    table = pd.DataFrame(lines, columns=columns)
    return table.assign(usual=table["value"] == table["setting"].map(USUAL)).round(4)


EXPERIMENT = Experiment(
    rows,
    training_of,
    score,
    tables=lambda path, _: [Table(path, ["uar_target"])],
    means=means,
    varied={"varied": VARIED},
)
