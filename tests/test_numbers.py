"""Every number that a user gives is refused by its name if it cannot be, before anything runs."""

import math
import re

import numpy as np
import pandas as pd
import pytest

from ser_utils import alignment, audio, domains, evaluation, features, labels, models, training
from ser_utils.__main__ import main
from ser_utils.datasets import audit
from ser_utils.embeddings import distances
from ser_utils.embeddings.projection import Projection
from ser_utils.errors import SettingError, require_number
from ser_utils.experiments import resampling, runs, scoring
from ser_utils.experiments.grid import Grid

NO_NUMBERS = [math.nan, math.inf, -math.inf, np.float32("nan"), "1", None, True, np.True_]


@pytest.mark.parametrize("value", NO_NUMBERS)
def test_what_is_no_finite_number_is_refused(value):
    for whole in (False, True):
        with pytest.raises(
            SettingError, match=r"^pace is .*; it has to be a (whole|finite) number\.$"
        ):
            require_number("pace", value, whole=whole)


@pytest.mark.parametrize(
    ("bounds", "inside", "outside", "told"),
    [
        ({"least": 0, "below": 1}, [0, 0.0, np.float32(0.5)], [-0.1, 1], "at least 0, below 1"),
        ({"above": 0, "most": 2}, [0.1, 2], [0, 2.1], "at most 2, above 0"),
        (
            {"whole": True, "least": 1},
            [1, np.int64(3), 10**400],
            [0, -(10**400), 1.0],
            "at least 1",
        ),
    ],
)
def test_a_number_has_to_be_in_its_range(bounds, inside, outside, told):
    for value in inside:
        require_number("pace", value, **bounds)
    for value in outside:
        with pytest.raises(SettingError, match=rf"it has to be a \w+ number, {told}\.$"):
            require_number("pace", value, **bounds)


# Who asks ---------------------------------------------------------------------------------------

COUNTS, SEEDS, SHARES = (0, -3, 0.5), (-1, 0.5, 2**32), (-0.1, 1.0)
RATED = pd.DataFrame({"emotion": "", "arousal": [1.0, 4.0]})
CLOUD = np.eye(4, dtype=np.float32)
CLASSES = np.array([0, 1, 0, 1])


def fit(pair, **numbers):
    training.fit(models.mlp(pair, widths=(4,)), pair, progress=False, **numbers)


def pair_of_rated(pair, scheme):
    table = RATED.assign(dataset="one", language="en", speaker="1")
    domains.domain(features.Features("egemaps", CLOUD[:2], None, [], table), scheme=scheme)


#: Who is called with a number, what the error calls it, and numbers that it cannot be.
CALLS = [
    (lambda pair, n: fit(pair, epochs=n), "epochs", COUNTS),
    (lambda pair, n: fit(pair, batch_size=n), "batch_size", COUNTS),
    (lambda pair, n: fit(pair, learning_rate=n), "learning_rate", [-1e-3]),
    (lambda pair, n: fit(pair, weight_decay=n), "weight_decay", [-1e-3]),
    (lambda pair, n: fit(pair, held_out=n), "held_out", SHARES),
    (lambda pair, n: fit(pair, probe_every=n), "probe_every", [-1, 0.5]),
    (lambda pair, n: fit(pair, seed=n), "seed", SEEDS),
    (lambda pair, n: models.mlp(pair, dropout=n), "dropout", SHARES),
    (lambda pair, n: models.mlp(pair, embedding_dropout=n), "dropout", SHARES),
    (lambda pair, n: models.mlp(pair, widths=(4, n)), "units", COUNTS),
    (lambda pair, n: models.cnn(8, channels=(n, 4)), "units", COUNTS),
    (lambda pair, n: models.cnn(8, width=n), "units", COUNTS),
    (lambda pair, n: alignment.DomainAdversary(width=n), "width", COUNTS),
    (lambda pair, n: alignment.DomainAdversary(steps=n), "steps", COUNTS),
    (lambda pair, n: alignment.DomainAdversary(learning_rate=n), "learning_rate", [-1]),
    (lambda pair, n: alignment.DomainAdversary(loss_weight=n), "loss_weight", [-1]),
    (lambda pair, n: alignment.DomainAdversary(max_lambda=n), "max_lambda", [-1]),
    (lambda pair, n: alignment.DomainAdversary(domains=n), "domains", COUNTS),
    (lambda pair, n: alignment.Coral(n), "loss_weight", [-1]),
    (lambda pair, n: alignment.MaximumMeanDiscrepancy(n), "loss_weight", [-1]),
    (lambda pair, n: alignment.MaximumMeanDiscrepancy(1, [1, n]), "a scale", [0, -1]),
    (lambda pair, n: alignment.MinimumClassConfusion(n), "loss_weight", [-1]),
    (lambda pair, n: alignment.MinimumClassConfusion(temperature=n), "temperature", [0, -1]),
    (lambda pair, n: alignment.WassersteinCritic(width=n), "width", COUNTS),
    (lambda pair, n: alignment.WassersteinCritic(gradient_penalty=n), "gradient_penalty", [-1]),
    (lambda pair, n: labels.binary(RATED, "arousal", n), "threshold", []),
    (pair_of_rated, "threshold", []),
    (lambda pair, n: domains.pair([], RATED, clip=n), "clip", [0, -3]),
    (lambda pair, n: domains.pair([], RATED, seed=n), "seed", SEEDS),
    (lambda pair, n: domains.split_by_speaker(pair.source, n, 0), "share", [0, *SHARES]),
    (lambda pair, n: domains.split_by_speaker(pair.source, 0.5, n), "seed", SEEDS),
    (lambda pair, n: audio.read("none.wav", n), "sampling rate", [0, -16_000, 1e9]),
    (lambda pair, n: features.extract(RATED, jobs=n), "jobs", [*COUNTS, 10**9]),
    (lambda pair, n: audit.check("nowhere", jobs=n), "jobs", [*COUNTS, 10**9]),
    (lambda pair, n: runs.run(scoring.EXPERIMENT, Grid(()), None, n), "jobs", [*COUNTS, 10**9]),
    (lambda pair, n: Grid(("ravdess", "emodb"), seeds=n).check(), "seeds", [*COUNTS, 10**12]),
    (lambda pair, n: evaluation.bootstrap_uar(CLASSES, CLASSES, CLASSES, n), "replicates", COUNTS),
    (lambda pair, n: evaluation.bootstrap_uar(CLASSES, CLASSES, CLASSES, 9, n), "seed", SEEDS),
    (lambda pair, n: resampling.over_pairs_and_seeds(CLOUD, n), "replicates", COUNTS),
    (lambda pair, n: resampling.over_pairs_and_seeds(CLOUD, 9, n), "seed", SEEDS),
    (lambda pair, n: distances.scaled_lisi(CLOUD, CLOUD, n), "perplexity", COUNTS),
    (lambda pair, n: distances.knn_uar(CLOUD, CLASSES, CLOUD, CLASSES, n), "neighbours", COUNTS),
    (lambda pair, n: Projection(CLOUD, n), "neighbours", [0.5]),
    (lambda pair, n: Projection(CLOUD, 2, n), "min_dist", [-0.1, 1.1]),
    (lambda pair, n: Projection(CLOUD, 2, seed=n), "seed", SEEDS),
]


@pytest.mark.parametrize(("call", "name", "values"), CALLS)
def test_a_number_that_cannot_be_is_named(call, name, values, toy_pair):
    pair = toy_pair()
    for value in (math.nan, math.inf, -math.inf, *values):
        with pytest.raises(SettingError, match=rf"{name}.* {re.escape(repr(value))}"):
            call(pair, value)


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["reproduce", "--seeds", "0"], "the number of seeds is 0"),
        (["reproduce", "--seeds", "1000000000000"], "the number of seeds is 1000000000000"),
        (["search", "--seeds", "-2"], "the number of seeds is -2"),
        (["invariance", "--jobs", "0"], "jobs is 0"),
        (["sensitivity", "--jobs", "-3"], "jobs is -3"),
        (["train", "--seed", "-1", "--out", "model"], "seed is -1"),
        (["train", "--seed", "4294967296", "--out", "model"], "seed is 4294967296"),
    ],
)
def test_a_command_refuses_it_in_a_line_before_anything_runs(command, message, capsys):
    assert main(command) == 2
    printed = capsys.readouterr()
    (line,) = printed.err.splitlines()
    assert message in line
    assert printed.out == ""


@pytest.mark.parametrize("value", ["nan", "inf", "1e3", "0.5", "many", ""])
@pytest.mark.parametrize("option", ["reproduce --seeds", "search --jobs"])
def test_a_command_refuses_what_is_no_whole_number(option, value, capsys):
    with pytest.raises(SystemExit, match="2"):
        main([*option.split(), value])
    assert capsys.readouterr().err.splitlines()[-1].endswith(f"invalid int value: {value!r}")
