"""Each check accepts a right answer, and refuses an open, a wrong and a crashing one."""

import numpy as np
import pytest
import torch
from torch import nn

from ser_utils import gradient_reversal, labels, metrics
from ser_utils.lessons import exercises


def dann_loss(encoder, head, classifier, source, emotion, target, strength, reverse=True):
    z = encoder(torch.cat([source, target]))
    language = (torch.arange(len(z)) >= len(source)).long()
    loss = nn.functional.cross_entropy(head(z[: len(source)]), emotion)
    if reverse:
        z = gradient_reversal.reverse_gradient(z, strength)
    return loss + nn.functional.cross_entropy(classifier(z), language)


def probe(embedding, language, cv=5):
    from sklearn.model_selection import cross_val_score
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(random_state=0)
    if cv is None:
        return tree.fit(embedding, language).score(embedding, language)
    return cross_val_score(tree, embedding, language, cv=cv).mean()


def standardise(x, groups, smallest=1e-9):
    out = np.empty_like(x)
    for group in np.unique(groups):
        rows = groups == group
        out[rows] = (x[rows] - x[rows].mean(0)) / np.maximum(x[rows].std(0), smallest)
    return out


def separate(source, target, running_mean, momentum, both=False):
    parts = [np.concatenate([source, target])] * 2 if both else [source, target]
    out = []
    for rows, part in zip((source, target), parts, strict=True):
        out.append((rows - part.mean(0)) / np.sqrt(part.var(0) + 1e-5))
        running_mean = (1 - momentum) * running_mean + momentum * part.mean(0)
    return *out, running_mean


def joint_three_to_one(mean_source, var_source, mean_target, var_target):
    between = 0.1875 * (mean_source - mean_target) ** 2
    mean = 0.75 * mean_source + 0.25 * mean_target
    return mean, 0.75 * var_source + 0.25 * var_target + between


def mixing(embedding, language, k, first=1):
    distance = np.linalg.norm(embedding[:, None] - embedding, axis=2)
    nearest = np.argsort(distance, axis=1)[:, first : first + k]
    return (language[nearest] != language[:, None]).mean()


def mean_gain(rows, units=("task", "source")):
    uar = rows.groupby(["method", *units])["uar_target"].mean()
    return 100 * (uar["dann"] - uar["baseline"]).groupby(units[0]).mean().mean()


#: Check, right answer, and a wrong one that is a likely mistake.
CASES = [
    (
        exercises.check_arousal,
        lambda table: labels.binary(table, "arousal", "disgust-out"),
        lambda table: labels.binary(table, "arousal", "disgust-high"),
    ),
    (
        exercises.check_standardise,
        standardise,
        lambda x, groups: (x - x.mean(0)) / x.std(0),
    ),
    (exercises.check_uar, metrics.uar, lambda y, guess: (y == guess).mean()),
    (
        exercises.check_threshold,
        lambda scores, share: scores > np.quantile(scores, 1 - share),
        lambda scores, share: scores > share,
    ),
    (
        exercises.check_gradient_reversal,
        lambda x, strength: (1 + strength) * x.detach() - strength * x,
        lambda x, strength: -strength * x,
    ),
    (
        exercises.check_schedule,
        lambda p: gradient_reversal.ganin(max(0.0, (p - 0.2) / 0.8)),
        lambda p: gradient_reversal.ganin(p) if p > 0.2 else 0.0,
    ),
    (
        exercises.check_dann_step,
        dann_loss,
        lambda *arguments: dann_loss(*arguments, reverse=False),
    ),
    (exercises.check_separate, separate, lambda *arguments: separate(*arguments, both=True)),
    (exercises.check_joint_running, joint_three_to_one, lambda *moments: (0.0, 1.0)),
    (
        exercises.check_a_distance,
        lambda language, guess: 4 * metrics.uar(language, guess) - 2,
        lambda language, guess: 4 * (language == guess).mean() - 2,
    ),
    (exercises.check_mixing, mixing, lambda z, language, k: mixing(z, language, k, first=0)),
    (
        exercises.check_paired_interval,
        lambda a, b, draws: np.percentile((b - a)[draws].mean(1), [2.5, 97.5]),
        lambda a, b, draws: np.percentile(b[draws].mean(1) - a[draws[::-1]].mean(1), [2.5, 97.5]),
    ),
    (exercises.check_mean_gain, mean_gain, lambda rows: mean_gain(rows, ["task"])),
    (exercises.check_mean_gain, mean_gain, lambda rows: mean_gain(rows, ["source"])),
    (exercises.check_probe, probe, lambda embedding, language: probe(embedding, language, cv=None)),
]


@pytest.mark.parametrize(("check", "right", "wrong"), CASES)
def test_check_tells_right_from_wrong(check, right, wrong, capsys):
    check(right)
    assert capsys.readouterr().out.startswith("✓")
    check(wrong)
    assert capsys.readouterr().out.startswith("✗ Not yet: ")
    check(lambda *arguments: None)
    assert "does not return" in capsys.readouterr().out
    check(lambda *arguments: 1 / 0)
    assert "raised ZeroDivisionError" in capsys.readouterr().out


#: Results that no exercise asks for: of another length, shape or type.
ODD = [
    1.5,
    [1.0] * 8,
    (1.0,),
    "text",
    {},
    np.zeros((2, 3)),
    torch.zeros(5),
    torch.zeros(2, 2),
    [[], 1],
]


@pytest.mark.parametrize("check", [check for check, _, _ in CASES])
def test_a_result_of_another_kind_is_not_called_an_error_of_the_function(check, capsys):
    for odd in ODD:
        check(lambda *arguments, odd=odd: odd)
        printed = capsys.readouterr().out
        assert printed.startswith("✗ Not yet: ")
        assert "raised" not in printed
        assert "expected" in printed or "return three" in printed


def test_a_wrong_length_is_named_with_the_right_one(capsys):
    exercises.check_arousal(lambda table: [1.0] * (len(table) - 1))
    assert (
        "the labels of nine emotions: got 8 numbers, expected 9 numbers." in capsys.readouterr().out
    )
    exercises.check_joint_running(lambda *moments: [1.0])
    assert "mean and variance: got 1 number, expected 2 numbers." in capsys.readouterr().out
    exercises.check_standardise(lambda x, groups: x[:, :3])
    assert "got 50 × 3 numbers, expected 50 × 4 numbers." in capsys.readouterr().out


def test_a_feature_that_does_not_vary_in_a_group_is_named(capsys):
    with np.errstate(invalid="ignore"):
        exercises.check_standardise(lambda x, groups: standardise(x, groups, smallest=0.0))
    assert "a feature that does not vary within its group" in capsys.readouterr().out


def test_a_threshold_that_takes_the_lowest_scores_is_named(capsys):
    exercises.check_threshold(lambda scores, share: scores < np.quantile(scores, share))
    assert "class 1 for the highest scores, share 0.5" in capsys.readouterr().out


def test_a_gradient_that_is_cut_is_named(capsys):
    for cut in (torch.Tensor.detach, torch.Tensor.tolist):
        exercises.check_gradient_reversal(lambda x, strength, cut=cut: cut(x))
        assert "the result has no gradient" in capsys.readouterr().out
    exercises.check_dann_step(lambda *arguments: dann_loss(*arguments).detach())
    assert "the loss has no gradient" in capsys.readouterr().out


def test_every_check_is_tested():
    checks = {value for name, value in vars(exercises).items() if name.startswith("check_")}
    assert checks == {check for check, _, _ in CASES}
