"""Each check accepts a right answer, and says in its own words what another one lacks."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import special
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from sklearn.tree import DecisionTreeClassifier
from torch import nn

from ser_utils import gradient_reversal, labels, metrics
from ser_utils.lessons import answers, exercises
from ser_utils.pages import builds, sources

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def two_losses(
    encoder, head, classifier, source, emotion, target, strength, held=True, sign=-1, of_source=0
):
    """Both losses, by two passes; `held` keeps the encoder out of the classifier's."""
    entropy = nn.functional.cross_entropy
    z_source, z_target = encoder(source), encoder(target)
    languages = [torch.full((len(source),), of_source), torch.full((len(target),), 1 - of_source)]
    together = torch.cat([z_source, z_target]), torch.cat(languages)
    language = entropy(classifier(together[0]), together[1])
    of_classifier = entropy(classifier(together[0].detach() if held else together[0]), together[1])
    return entropy(head(z_source), emotion) + sign * strength * language, of_classifier


TREE = DecisionTreeClassifier(random_state=0)


def probe(embedding, language, classifier=TREE, cv=5):
    return cross_val_score(classifier, embedding, language, cv=cv).mean()


def on_its_own_rows(embedding, language, classifier):
    return classifier.fit(embedding, language).score(embedding, language)


def standardise(x, groups, classes, alike=True):
    """By drawing rows of the rarer class more often, where both are to count alike."""
    out = np.empty_like(x)
    for group in np.unique(groups):
        rows = groups == group
        own = [x[rows & (classes == label)] for label in (0, 1)]
        times = [len(own[1]), len(own[0])] if alike else [1, 1]
        both = np.concatenate([np.repeat(z, n, axis=0) for z, n in zip(own, times, strict=True)])
        out[rows] = (x[rows] - both.mean(0)) / both.std(0)
    return out


def share_of_class_1(p, trained, steps=1000):
    odds = p / (1 - p) * (1 - trained) / trained  # as if both classes were alike
    share = trained
    for _ in range(steps):
        share = (odds * share / (odds * share + 1 - share)).mean()
    return share


def without_language(embedding, language, towards=LogisticRegression):
    direction = towards().fit(embedding, language).coef_[0]
    return np.eye(len(direction)) - np.outer(direction, direction) / (direction @ direction)


def separate(source, target, running_mean, momentum, both=False, eps=1e-5):
    parts = [np.concatenate([source, target])] * 2 if both else [source, target]
    out = []
    for rows, part in zip((source, target), parts, strict=True):
        out.append((rows - part.mean(0)) / np.sqrt(part.var(0) + eps))
        running_mean = (1 - momentum) * running_mean + momentum * part.mean(0)
    return *out, running_mean


def joint_three_to_one(mean_source, var_source, mean_target, var_target):
    between = 0.1875 * (mean_source - mean_target) ** 2
    mean = 0.75 * mean_source + 0.25 * mean_target
    return mean, 0.75 * var_source + 0.25 * var_target + between


def mixing(embedding, language, k, first=1, order=2):
    distance = np.linalg.norm(embedding[:, None] - embedding, order, axis=2)
    nearest = np.argsort(distance, axis=1)[:, first : first + k]
    return (language[nearest] != language[:, None]).mean()


def mean_gain(rows, units=("task", "source", "target")):
    uar = rows.groupby(["method", *units])["uar_target"].mean()
    return 100 * (uar["dann"] - uar["baseline"]).groupby(units[0]).mean().mean()


def from_means(z, language):
    """The projection along the means, as seen in the covariance: oblique, but no less right."""
    between = z[language == 1].mean(0) - z[language == 0].mean(0)
    reads = np.linalg.solve(np.cov(z.T), between)
    return np.eye(len(between)) - np.outer(reads, between) / (reads @ between)


def keeping_three(z, language):
    """Keep three directions of those without a language, the one that varies most among them."""
    variance = np.cov((z @ without_language(z, language)).T)
    most = np.linalg.eigh(variance)[1][:, -3:]
    return most @ most.T


def coral(z_s, z_t, shift=0.0, less=1):
    centred = [z - z.mean(0) for z in (z_s, z_t)]
    covariances = [z.T @ z / (len(z) - less) for z in centred]
    far = (z_s.mean(0) - z_t.mean(0)).square().sum()
    return (covariances[0] - covariances[1]).square().sum() / (4 * z_s.shape[1] ** 2) + shift * far


def certain_and_diverse(p, diverse=1):
    mean = p.mean(axis=0)
    return special.xlogy(p, p).sum(axis=1).mean() - diverse * special.xlogy(mean, mean).sum()


#: Check, right answer, wrong answers that are likely mistakes, and one of another shape.
CASES = [
    (
        exercises.check_arousal,
        lambda table: labels.binary(table, "arousal", "disgust-out"),
        [
            lambda table: labels.binary(table, "arousal", "disgust-high"),
            lambda table: 1 - labels.binary(table, "arousal", "disgust-out"),
        ],
        lambda table: [1.0] * (len(table) - 1),
    ),
    (
        exercises.check_standardise,
        standardise,
        [
            lambda x, groups, classes: (x - x.mean(0)) / x.std(0),
            lambda x, groups, classes: standardise(x, groups, classes, alike=False),
            lambda x, groups, classes: np.zeros_like(x),
        ],
        lambda x, groups, classes: x[:, :3],
    ),
    (
        exercises.check_uar,
        metrics.uar,
        [lambda y, guess: (y == guess).mean(), lambda y, guess: (guess[y == 1] == 1).mean()],
        lambda y, guess: [(guess[y == label] == label).mean() for label in (0, 1)],
    ),
    (
        exercises.check_share,
        share_of_class_1,
        [
            lambda p, trained: p.mean(),
            lambda p, trained: (p > 0.5).mean(),
            lambda p, trained: share_of_class_1(p, trained, steps=10),
            lambda p, trained: share_of_class_1(p, 0.5),
            lambda p, trained: np.nan,
        ],
        lambda p, trained: p,
    ),
    (
        exercises.check_gradient_reversal,
        lambda x, strength: (1 + strength) * x.detach() - strength * x,
        [
            lambda x, strength: -strength * x,
            lambda x, strength: x,
            lambda x, strength: x.detach(),
            lambda x, strength: x.tolist(),
            lambda x, strength: 1.7 * x.detach() - 0.7 * x,
        ],
        lambda x, strength: x.sum(),
    ),
    (
        exercises.check_schedule,
        lambda p: gradient_reversal.ganin(max(0.0, (p - 0.2) / 0.8)),
        [
            lambda p: gradient_reversal.ganin(p) if p > 0.2 else 0.0,
            lambda p: gradient_reversal.ganin(max(0.0, p - 0.2)),
        ],
        lambda p: [0.0, p],
    ),
    (
        exercises.check_two_losses,
        two_losses,
        [
            lambda *arguments: two_losses(*arguments, held=False),
            lambda *arguments: two_losses(*arguments, sign=1),
            lambda *arguments: [loss.detach() for loss in two_losses(*arguments)],
            lambda *arguments: [loss.item() for loss in two_losses(*arguments)],
            lambda *arguments: two_losses(*arguments)[::-1],
        ],
        lambda *arguments: sum(two_losses(*arguments)),
    ),
    (
        exercises.check_probe,
        probe,
        [
            lambda z, language: on_its_own_rows(z, language, LogisticRegression()),
            lambda z, language: on_its_own_rows(z, language, KNeighborsClassifier(15)),
            lambda z, language: on_its_own_rows(z, language, TREE),
            lambda z, language: probe(z, language, KNeighborsClassifier(15), KFold(5)),
            lambda z, language: 100 * probe(z, language),
            lambda z, language: 0.5,
        ],
        lambda embedding, language: [0.5, 0.5],
    ),
    (
        exercises.check_separate,
        separate,
        [
            lambda *arguments: separate(*arguments, both=True),
            lambda *arguments: separate(*arguments, eps=0.0),
        ],
        lambda *arguments: separate(*arguments)[:2],
    ),
    (
        exercises.check_joint_running,
        joint_three_to_one,
        [
            lambda *moments: (0.0, 1.0),
            lambda m, v, n, w: ((3 * m + n) / 4, (3 * v + w) / 4),
        ],
        lambda *moments: [1.0],
    ),
    (
        exercises.check_projection,
        without_language,
        [
            lambda z, language: np.eye(z.shape[1]),
            lambda z, language: np.zeros((z.shape[1],) * 2),
            lambda z, language: np.diag([1.0] + [0.0] * (z.shape[1] - 1)),
            lambda z, language: without_language(z, language) @ keeping_three(z, language),
            lambda z, language: 2 * without_language(z, language),
            lambda z, language: without_language(z, language)[:, ::-1],
        ],
        lambda z, language: z @ without_language(z, language),
    ),
    (
        exercises.check_mixing,
        mixing,
        [
            lambda z, language, k: mixing(z, language, k, first=0),
            lambda z, language, k: mixing(z, language, k, order=1),
            lambda z, language, k: mixing(z[:, :1], language, k),
        ],
        lambda z, language, k: language,
    ),
    (
        exercises.check_paired_interval,
        lambda a, b, draws: np.percentile((b - a)[draws].mean(1), [2.5, 97.5]),
        [
            lambda a, b, draws: np.percentile(
                b[draws].mean(1) - a[draws[::-1]].mean(1), [2.5, 97.5]
            ),
            lambda a, b, draws: np.percentile(b - a, [2.5, 97.5]),
        ],
        lambda a, b, draws: (b - a)[draws].mean(1),
    ),
    (
        exercises.check_mean_gain,
        mean_gain,
        [
            lambda rows: mean_gain(rows, ["task"]),
            lambda rows: mean_gain(rows, ["task", "source"]),
            lambda rows: mean_gain(rows, ["task", "target"]),
            lambda rows: mean_gain(rows, ["task", "source", "target", "seed"]),
        ],
        lambda rows: rows["uar_target"],
    ),
    (
        exercises.check_coral,
        coral,
        [
            lambda z_s, z_t: coral(z_s, z_t, shift=1.0),
            lambda z_s, z_t: coral(z_s, z_t, less=0),
            lambda z_s, z_t: coral(z_s, z_t).detach(),
            lambda z_s, z_t: coral(z_s, z_t.detach()),
        ],
        lambda z_s, z_t: z_s.T @ z_s,
    ),
    (
        exercises.check_information_maximisation,
        certain_and_diverse,
        [
            lambda p: certain_and_diverse(p, diverse=0),
            lambda p: -certain_and_diverse(p),
        ],
        lambda p: p.mean(axis=0),
    ),
]


def by_one_layer(x, strength):
    x = x.clone()
    x.register_hook(lambda gradient: -strength * gradient)
    return x


def by_nearest_neighbours(z, language, k):
    nearest = NearestNeighbors(n_neighbors=k).fit(z).kneighbors(return_distance=False)
    return (language[nearest] != language[:, None]).mean()


@pytest.mark.parametrize(
    ("check", "unusual"),
    [
        (
            exercises.check_arousal,
            lambda table: [
                None if e == "disgust" else e in "anger fear happiness surprise"
                for e in table["emotion"]
            ],
        ),
        (exercises.check_gradient_reversal, by_one_layer),
        (exercises.check_two_losses, lambda *arguments: two_losses(*arguments, of_source=1)),
        (exercises.check_probe, lambda z, y: probe(z, y, LogisticRegression(), 10)),
        (exercises.check_probe, lambda z, y: probe(z, y, KNeighborsClassifier(15))),
        (exercises.check_projection, from_means),
        (exercises.check_mixing, by_nearest_neighbours),
        (exercises.check_coral, lambda s, t: nn.functional.mse_loss(s.T.cov(), t.T.cov()) / 4),
    ],
)
def test_check_accepts_what_is_unusual_and_right(check, unusual, capsys):
    check(unusual)
    assert capsys.readouterr().out.startswith("✓ ")


@pytest.fixture(scope="module")
def solutions() -> set[str]:
    """Lines of code that the notebooks' solutions have and their exercises have not."""
    code = {"solution": set(), None: set()}
    for py in sources.find(NOTEBOOKS):
        for cell in sources.read(py, builds.TEACHERS).cells:
            if cell.cell_type == "code":
                tag = "solution" if "solution" in cell.metadata.get("tags", ()) else None
                code[tag] |= {line.strip() for line in cell.source.splitlines()}
    return {line for line in code["solution"] - code[None] if len(line) > 8}


@pytest.mark.parametrize(("check", "right", "wrong", "misshapen"), CASES)
def test_check_tells_right_wrong_misshapen_and_crashing(
    check, right, wrong, misshapen, solutions, capsys
):
    def said(answer) -> str:
        check(answer)
        (line,) = capsys.readouterr().out.splitlines()
        assert not [code for code in solutions if code in line]
        return line

    assert said(right).startswith("✓ ")
    for value in wrong:
        assert re.fullmatch(r"✗ Wrong value: .+\. Hint: .+[.?]", line := said(value))
        assert "expected" not in line  # which would be the answer
    assert said(misshapen).startswith("✗ Wrong shape: ")
    assert said(lambda *arguments: None) == "✗ Not yet: the function does not return anything yet."
    crash = said(lambda *arguments: 1 / 0)
    assert crash.startswith("✗ Error: your function raised ZeroDivisionError at `")
    assert "1 / 0" in crash
    assert crash.endswith(": division by zero")
    few = said(lambda: None)
    assert few.startswith("✗ Error: your function raised TypeError: ")


def test_no_two_exercises_say_the_same(capsys):
    for check, right, (wrong, *_), misshapen in CASES:
        for answer in (right, wrong, misshapen):
            check(answer)
    said = capsys.readouterr().out.splitlines()
    assert len(set(said)) == 3 * len(CASES)


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


@pytest.mark.parametrize("check", [check for check, *_ in CASES])
def test_a_result_of_another_kind_is_not_called_an_error_of_the_function(check, capsys):
    for odd in ODD:
        check(lambda *arguments, odd=odd: odd)
        assert re.match("✗ Wrong (shape|value): ", capsys.readouterr().out)


def test_a_wrong_length_is_named_with_the_right_one(capsys):
    exercises.check_arousal(lambda table: [1.0] * (len(table) - 1))
    assert (
        "the labels of nine emotions: got 8 numbers, expected 9 numbers." in capsys.readouterr().out
    )
    exercises.check_joint_running(lambda *moments: [1.0])
    assert "mean and variance: got 1 number, expected 2 numbers." in capsys.readouterr().out
    exercises.check_standardise(lambda x, groups, classes: x[:, :3])
    assert "got 50 × 3 numbers, expected 50 × 4 numbers." in capsys.readouterr().out
    exercises.check_uar(lambda *arguments: "text")
    assert "got a str that is no array of numbers, expected a single" in capsys.readouterr().out


def test_the_first_number_that_differs_is_named(capsys):
    answers.expect("x", np.arange(6.0).reshape(2, 3), np.arange(6.0).reshape(2, 3))
    with pytest.raises(answers.WrongValueError, match=r"x at \[1, 0\]: got 3\.$"):
        answers.expect("x", np.arange(6.0).reshape(2, 3), [[0, 1, 2], [np.nan, 4, 7]])
    with pytest.raises(answers.WrongValueError, match=r"x: got 0\.5\.$"):
        answers.expect("x", 0.5, 0.25)
    with pytest.raises(answers.WrongValueError, match=r"x: got nan\.$"):
        answers.within("x", np.nan, 0, 1)


def test_mistakes_of_gradients_are_told_apart(capsys):
    exercises.check_gradient_reversal(lambda x, strength: x.detach())
    assert "the result has no gradient where it needs one" in capsys.readouterr().out
    exercises.check_two_losses(lambda *arguments: two_losses(*arguments, held=False))
    assert "has a gradient that reaches the encoder" in capsys.readouterr().out


def test_mistakes_of_projections_are_told_apart(capsys):
    exercises.check_projection(lambda z, language: np.eye(6))
    assert "how often a fresh probe finds the language: got 0.9" in capsys.readouterr().out
    exercises.check_projection(lambda z, language: np.zeros((6, 6)))
    assert "how often a fresh probe finds the emotion: got 0.46" in capsys.readouterr().out
    exercises.check_projection(
        lambda z, language: without_language(z, language) @ keeping_three(z, language)
    )
    assert "of 6 dimensions are left: got 3" in capsys.readouterr().out


def test_every_check_is_tested():
    checks = {value for name, value in vars(exercises).items() if name.startswith("check_")}
    assert checks == {check for check, *_ in CASES}
