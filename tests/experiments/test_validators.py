import itertools
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import rankdata
from sklearn.linear_model import LogisticRegression

from ser_utils import domains, evaluation, metrics
from ser_utils.embeddings import invariance
from ser_utils.errors import NotFiniteError
from ser_utils.experiments import runs, scoring, validators
from ser_utils.experiments.grid import Grid
from ser_utils.experiments.validators import ORACLES, RANDOM, RULE, VALIDATORS, Evidence
from ser_utils.utterances import Labelled, Unlabelled

NAMES = ("toy-en", "toy-de")


def evidence(n=40, m=30, shift=1.0, seed=0) -> Evidence:
    """Embeddings of two units, by which the classes differ, and the domains by a shift."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n)
    source = rng.normal(size=(n, 2)) + labels[:, None]
    target = rng.normal(size=(m, 2)) + shift
    speakers = np.resize(["a", "b", "c", "d"], n), np.resize(["x", "y", "z"], m)
    return Evidence(
        Labelled(source, None, speakers[0], "en", labels=labels, table=pd.DataFrame()),
        speakers[0] == "a",
        2 * source[:, 0] - 1,
        Unlabelled(target, None, speakers[1], "de"),
        2 * target[:, 0] - 1,
    )


def probabilities(odds) -> list[tuple[float, float]]:
    return [(1 / (1 + math.exp(each)), 1 / (1 + math.exp(-each))) for each in odds]


def entropy(shares) -> float:
    return -sum(share * math.log(share) for share in shares if share > 0)


def test_information_maximisation_longhand():
    of = evidence()
    p = probabilities(of.target_odds)
    together = [sum(each[c] for each in p) / len(p) for c in (0, 1)]
    expected = entropy(together) - sum(map(entropy, p)) / len(p)
    assert validators.information_maximisation(of) == pytest.approx(expected)
    # Certain of both classes is best, certain of one or undecided worst.
    for odds, value in (([-40.0, 40.0], math.log(2)), ([40.0, 40.0], 0), ([0.0, 0.0], 0)):
        got = validators.information_maximisation(replace(of, target_odds=np.array(odds)))
        assert got == pytest.approx(value, abs=1e-9)


def test_soft_neighbourhood_density_longhand():
    of = evidence(m=9)
    p = probabilities(of.target_odds)
    entropies = []
    for i, one in enumerate(p):
        others = [other for j, other in enumerate(p) if j != i]
        cosines = [np.dot(one, o) / (math.hypot(*one) * math.hypot(*o)) for o in others]
        weights = [math.exp(cosine / 0.05) for cosine in cosines]
        entropies.append(entropy([weight / sum(weights) for weight in weights]))
    assert validators.soft_neighbourhood_density(of) == pytest.approx(np.mean(entropies))
    dense = replace(of, target_odds=np.array([5.0] * 4 + [-5.0] * 5))
    assert validators.soft_neighbourhood_density(dense) == pytest.approx(
        (4 * math.log(3) + 5 * math.log(4)) / 9, abs=1e-6
    )


def test_deep_embedded_validation_longhand():
    """You et al. 2019, algorithm 1, with weights by a classifier that is written out here."""
    of = evidence()
    seen, unseen = of.source.features[~of.is_held_out], of.source.features[of.is_held_out]
    both = np.concatenate([seen, of.target.features])
    mean, deviation = both.mean(axis=0), both.std(axis=0)
    domain = [0] * len(seen) + [1] * len(of.target)
    classifier = LogisticRegression(class_weight="balanced").fit((both - mean) / deviation, domain)
    of_source, of_target = classifier.predict_proba((unseen - mean) / deviation).T
    weights = of_target / of_source
    p = np.array(probabilities(of.source_odds[of.is_held_out]))
    labels = of.source.labels[of.is_held_out]
    weighted = weights * -np.log(p[np.arange(len(p)), labels])
    n = len(weights)
    covariance = sum((weighted - weighted.mean()) * (weights - weights.mean())) / n
    eta = -covariance / (sum((weights - weights.mean()) ** 2) / n)
    expected = weighted.mean() + eta * weights.mean() - eta
    assert validators.deep_embedded_validation(of) == pytest.approx(expected)


def test_deep_embedded_validation_estimates_the_risk_under_a_shift_of_the_embedding():
    """Where its assumption holds: the label depends on the embedding alone."""
    of = evidence(n=6000, m=6000, shift=1.0)
    z = np.random.default_rng(1).normal(size=(6000, 2))
    source = replace(of.source, features=z, labels=np.ones(6000, int))
    of = replace(of, source=source, source_odds=-z[:, 0])
    on_target = np.logaddexp(0, of.target.features[:, 0]).mean()
    plain = np.logaddexp(0, z[:, 0]).mean()
    assert validators.deep_embedded_validation(of) == pytest.approx(on_target, abs=0.05)
    assert plain < on_target - 0.3


def test_embeddings_without_any_difference_weigh_all_the_same():
    of = evidence()
    of = replace(of, source=replace(of.source, features=np.zeros((40, 2))))
    of = replace(of, target=replace(of.target, features=np.zeros((30, 2))))
    signed = np.where(of.source.labels == 1, -1, 1) * of.source_odds
    expected = np.log1p(np.exp(signed[of.is_held_out])).mean()
    assert validators.deep_embedded_validation(of) == pytest.approx(expected)


def test_a_row_longhand_and_its_validators_without_target_labels(toys, small_nets):
    grid = Grid(NAMES, ("arousal",), methods=("dann_5_1",), batch_norm=("joint",), seeds=1)
    key = next(key for key in grid.rows() if key.source == "toy-en")
    source, target = toys["toy-en"], toys["toy-de"]
    (score,) = validators.score([key], source, target)
    row = dict(zip((*VALIDATORS, *ORACLES), score, strict=True))
    pair = domains.pair(source, target)
    run = scoring.train(pair, "joint", "dann_5_1", 0)
    sides = pair.source, pair.target
    probe = invariance.language_accuracy(
        *(run.embed(side) for side in sides), *(side.speakers for side in sides)
    )
    assert row["uar_source"] == evaluation.held_out_uar(run, pair.source)
    assert row["language_accuracy"] == probe
    test = pair.evaluation
    assert row["oracle_uar_target"] == metrics.uar(test.labels, run.predict(test))
    assert row["oracle_auc_target"] == metrics.auc(test.labels, run.log_odds(test))
    emotions = target.table["emotion"].iloc[::-1].to_numpy()
    other_labels = replace(target, table=target.table.assign(emotion=emotions))
    (again,) = validators.score([key], source, other_labels)
    n = len(VALIDATORS)
    assert again[:n] == score[:n]
    assert again[n:] != score[n:]


#: Recall on the source, probe, the other validators, and UAR on the target; of two seeds.
CANDIDATES = {
    "dann_1_1": ((0.80, 0.82), 0.9, 0.3, 2.0, 0.5, 0.60),
    "dann_5_0.3": ((0.81, 0.81), 0.8, 0.2, 1.0, 0.7, 0.70),
    "dann_5_1": ((0.60, 0.62), 0.5, 0.1, 3.0, 0.6, 0.50),
}


def trainings(targets=("de", "en", "it")) -> pd.DataFrame:
    """One source; on each target but the first, UAR the other way round."""
    lines = []
    for target, (method, told) in itertools.product(targets, CANDIDATES.items()):
        recalls, *others, uar = told
        uar = uar if target == targets[0] else 1.2 - uar
        for seed, recall in enumerate(recalls):
            values = dict(zip(VALIDATORS, (recall, *others), strict=True))
            line = {"source": "aa", "target": target, "task": "arousal", "normalise": "source"}
            line |= {"statistics": "running", "features": "egemaps", "protocol": "transductive"}
            line |= {"batch_norm": "joint", "method": method, "seed": seed} | values
            lines.append(line | dict.fromkeys(ORACLES, uar))
    return pd.DataFrame(lines)


def test_validators_are_judged_longhand():
    table = validators.judged(trainings(("de",))).set_index("validator")
    uar = np.array([0.6, 0.7, 0.5])
    better = {  # the larger the better: by UAR the order is 2, 3, 1
        "uar_source": [0.81, 0.81, 0.61],
        "language_accuracy": [-0.9, -0.8, -0.5],
        "information_maximisation": [0.3, 0.2, 0.1],
        "soft_neighbourhood_density": [2.0, 1.0, 3.0],
        "deep_embedded_validation": [-0.5, -0.7, -0.6],
        RULE: [2, 3, 1],  # of the two with the recall, the one with the lesser probe
    }
    for name, scores in better.items():
        correlation = np.corrcoef(rankdata(scores), rankdata(uar))[0, 1]
        got = table.loc[name]
        assert got["oracle_rank_correlation"] == pytest.approx(correlation), name
        assert got["oracle_loss"] == pytest.approx(0.7 - uar[np.argmax(scores)]), name
    assert table.loc[RULE, "oracle_loss"] == pytest.approx(0)
    assert table.loc[RANDOM, "oracle_loss"] == pytest.approx(0.1)
    assert table.loc[RANDOM, "oracle_rank_correlation"] == 0


def test_a_validator_that_says_one_thing_or_nothing_has_no_rank():
    table = trainings(("de",)).assign(information_maximisation=0.5, language_accuracy=np.nan)
    table = validators.judged(table).set_index("validator")
    assert np.isnan(table.loc["information_maximisation", "oracle_rank_correlation"])
    assert table.loc["language_accuracy"][["oracle_rank_correlation", "oracle_loss"]].isna().all()
    assert table.loc[RULE, "oracle_loss"] == table.loc["uar_source", "oracle_loss"]


def test_means_are_over_all_pairs_and_without_each_target():
    table = validators.means(trainings()).set_index(["left_out", "validator"])
    assert table.index.get_level_values("left_out").unique().tolist() == ["none", "de", "en", "it"]
    of_rule = table.xs(RULE, level="validator")
    assert of_rule["conditions"].tolist() == [3, 2, 2, 2]
    assert of_rule["oracle_rank_correlation"].tolist() == pytest.approx(
        [-1 / 3, -1, 0, 0], abs=1e-4
    )
    # On the first target it is right; on the others its choice is the worst, 0.2 behind.
    assert of_rule["oracle_loss"].tolist() == pytest.approx([0.4 / 3, 0.2, 0.1, 0.1], abs=1e-4)
    broken = trainings()
    broken.loc[2, "oracle_uar_target"] = np.nan
    with pytest.raises(NotFiniteError, match="1 of 18 trainings"):
        validators.means(broken)


def test_means_without_a_target_are_without_its_language():
    names = {"de": "emodb", "en": "ravdess", "it": "cremad"}
    table = trainings().assign(target=lambda rows: rows["target"].map(names))
    means = validators.means(table).set_index(["left_out", "validator"])
    for name in ("ravdess", "cremad"):
        others = validators.means(table[table["target"] == "emodb"])
        expected = others[others["left_out"] == "none"].set_index("validator")
        pd.testing.assert_frame_equal(means.loc[name], expected.drop(columns="left_out"))


def test_a_grid_of_candidates_is_run_and_judged(toys, small_nets, tmp_path):
    methods = ("dann_1_1", "dann_5_1")
    grid = Grid(NAMES, ("arousal",), methods=methods, batch_norm=("source", "joint"), seeds=1)
    out = tmp_path / "validators.csv"
    assert runs.run(validators.EXPERIMENT, grid, out) == 0
    rows = pd.read_csv(tmp_path / "validators_trainings.csv")
    assert len(rows) == 2 * 2 * 2
    pd.testing.assert_frame_equal(pd.read_csv(out), validators.means(rows), check_dtype=False)
