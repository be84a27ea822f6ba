"""Check functions of the notebooks' exercises.

Each takes the reader's function, tries it on inputs whose answer is known, and prints one line that
starts with "✓", or with "✗" and what came out: see `answers`.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
import torch
from scipy import stats
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestNeighbors
from torch import Tensor, nn

from ser_utils import alignment, batch_norm, gradient_reversal, labels, metrics
from ser_utils.lessons.answers import (
    WrongValueError,
    attempt,
    expect,
    gradient,
    numbers,
    several,
    verdict,
    within,
)


@verdict(
    "All nine emotions are where the circumplex has them, and disgust is left out.",
    "what is neither high nor low, and what did the text say that has no label?",
)
def check_arousal(answer: Callable[[pd.DataFrame], pd.Series]) -> None:
    """01: `answer(table)` labels arousal 1.0, 0.0, or NaN for disgust, from the emotion column."""
    table = pd.DataFrame({"emotion": list(labels.EMOTIONS)})
    expected = labels.binary(table, "arousal", "disgust-out")
    got = numbers("the labels of nine emotions", attempt(answer, table), (len(table),))
    for emotion, yours, ours in zip(labels.EMOTIONS, got, expected, strict=True):
        expect(emotion, yours, ours)


@verdict(
    "Both classes count the same in every group, and what parts them is still there.",
    "how much of a group's mean comes from each class, and how much should?",
)
def check_standardise(answer: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]) -> None:
    """01: `answer(x, groups, classes)` standardises each group, its classes counting the same."""
    rng = np.random.default_rng(0)
    groups = np.repeat(["a", "b", "c"], [30, 12, 8])
    classes = (np.arange(50) % np.repeat([5, 2, 4], [30, 12, 8]) == 0).astype(int)
    order = rng.permutation(50)
    groups, classes = groups[order], classes[order]
    x = rng.normal(size=(50, 4)) + 3 * classes[:, None] + (groups == "b")[:, None] * 9
    got = numbers("the standardised rows", attempt(answer, x.copy(), groups, classes), x.shape)
    for group in "abc":
        rows = groups == group
        both = [rows & (classes == label) for label in (0, 1)]
        mean = np.mean([x[own].mean(axis=0) for own in both], axis=0)
        variance = np.mean([((x[own] - mean) ** 2).mean(axis=0) for own in both], axis=0)
        middle = np.mean([got[own].mean(axis=0) for own in both], axis=0)
        expect(f"group {group!r}, half way between its classes", middle, np.zeros(4))
        expect(f"group {group!r}, its rows", got[rows], (x[rows] - mean) / np.sqrt(variance))


@verdict(
    "The mean of the recalls: the dummy stays at 0.5 however unequal the classes are.",
    "a class with few utterances has to count as much as one with many.",
)
def check_uar(answer: Callable[[np.ndarray, np.ndarray], float]) -> None:
    """02: `answer(labels, predictions)` is the unweighted average recall."""
    always, rare = np.zeros(100, int), np.repeat([1, 0], [10, 90])
    expect("always naming a class that covers 90 %", attempt(answer, rare, always), 0.5)
    rng = np.random.default_rng(1)
    truth, guess = rng.integers(0, 2, (2, 60))
    expect("random answers", attempt(answer, truth, guess), metrics.uar(truth, guess))


@verdict(
    "The share is found without a label, where nothing but the share has changed.",
    "a new share changes every probability. And what do those say about the share?",
)
def check_share(answer: Callable[[np.ndarray, float], float]) -> None:
    """02: `answer(p, trained)` is the share of class 1 in a target, from probabilities of it."""
    rng = np.random.default_rng(0)
    for share, trained in ((0.2, 0.5), (0.7, 0.5), (0.3, 0.8)):
        odds = 1.4 * rng.normal(np.where(rng.random(4000) < share, 0.7, -0.7)) + logit(trained)
        less = "fewer" if share < trained else "more"
        what = f"{100 * trained:.0f} % of class 1 in training, {less} in the target"
        ours = metrics.em_share(odds, trained)
        within(what, attempt(answer, expit(odds), trained), ours - 0.005, ours + 0.005)


@verdict(
    "Identity forward, reversed and scaled backward.",
    "what does each of your terms add to the value, and what to the gradient?",
)
def check_gradient_reversal(answer: Callable[[Tensor, float], Tensor]) -> None:
    """03: `answer(x, strength)` is x, with a gradient times minus the strength."""
    x = torch.tensor([[1.0, -2.0], [0.5, 3.0]], requires_grad=True)
    factors = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    for strength in (0.7, 2.0):
        y = attempt(answer, x, strength)
        expect("the forward pass", y, x.detach())
        at = f"the gradient for λ = {strength}"
        expect(at, gradient("the result", y, x, factors), -strength * factors)


@verdict(
    "Nothing is reversed during the warm-up, and λ still ends where it should.",
    "at which p should Ganin's schedule begin, and at which should it end?",
)
def check_schedule(answer: Callable[[float], float]) -> None:
    """03: `answer(p)` is a schedule that is 0 for a warm-up of a fifth, then Ganin's, rescaled."""
    for p in (0.0, 0.1, 0.2, 0.4, 1.0):
        expect(f"p = {p}", attempt(answer, p), gradient_reversal.ganin(max(0.0, (p - 0.2) / 0.8)))


@verdict(
    "The gradients are those of a reversal layer, and the classifier moves no encoder.",
    "what does each of the two players want, and whose weights may its loss reach?",
)
def check_two_losses(answer: Callable) -> None:
    """04: `answer(encoder, head, classifier, source, labels, target, strength)`: two losses."""
    torch.manual_seed(0)
    encoder, head, classifier = nn.Linear(3, 4), nn.Linear(4, 2), nn.Linear(4, 2)
    source, target, emotion = torch.randn(6, 3), torch.randn(6, 3), torch.arange(6) % 2
    got = attempt(answer, encoder, head, classifier, source, emotion, target, 0.5)
    players = "the loss of encoder and head", "the loss of the classifier"
    of_encoder, of_classifier = several(got, players)
    value = numbers(players[1], of_classifier, ())
    z = gradient_reversal.reverse_gradient(encoder(torch.cat([source, target])), 0.5)
    numberings = torch.arange(12) // 6, 1 - torch.arange(12) // 6  # a reader may choose either
    either = (nn.functional.cross_entropy(classifier(z), numbered) for numbered in numberings)
    language_loss = min(either, key=lambda loss: abs(loss.item() - value))
    emotion_loss = nn.functional.cross_entropy(head(encoder(source)), emotion)
    expect(players[0], of_encoder, (emotion_loss - 0.5 * language_loss).item())
    expect(players[1], of_classifier, language_loss.item())
    what, losses = ("encoder", "head", "classifier"), (of_encoder, of_encoder, of_classifier)
    weights = encoder.weight, head.weight, classifier.weight
    expected = torch.autograd.grad(emotion_loss + language_loss, weights)
    for name, loss, weight, wanted in zip(what, losses, weights, expected, strict=True):
        expect(f"the gradient of the {name}", gradient("a loss", loss, weight), wanted)
    reached = torch.autograd.grad(of_classifier, encoder.weight, allow_unused=True)[0]
    if reached is not None and reached.any():
        raise WrongValueError(f"{players[1]} has a gradient that reaches the encoder.")


@verdict(
    "It finds the language where it is, and finds none where there is none.",
    "may a probe be scored on rows that it has learned from? And what does each fold hold?",
)
def check_probe(answer: Callable[[np.ndarray, np.ndarray], float]) -> None:
    """04: `answer(embedding, language)` is a fresh probe's cross-validated accuracy."""
    rng = np.random.default_rng(0)
    language = np.repeat([0, 1], 100)
    noise = rng.normal(size=(200, 100))  # so wide that any classifier can learn rows of it by heart
    limits = {"two clouds far apart": (4, 0.95, 1.01), "noise without a language": (0, 0.35, 0.6)}
    for what, (distance, low, high) in limits.items():
        embedding = noise + distance * language[:, None]
        within(f"accuracy on {what}", attempt(answer, embedding, language), low, high)


@verdict(
    "Each domain by its own statistics, and one running mean that both have moved.",
    "whose mean does each row see? Where is ε? What is the running mean by the second domain?",
)
def check_separate(answer: Callable) -> None:
    """05: `answer(source, target, running_mean, momentum)`: both normalised, and the new mean."""
    rng = np.random.default_rng(0)
    source, target = rng.normal(2, 3, (8, 4)), rng.normal(-1, 0.5, (6, 4))
    target[:, 0] /= 50  # a unit that hardly varies, so that ε counts
    running_mean, momentum = rng.normal(size=4), 0.1
    layer = batch_norm.layer("separate", 4).double()
    layer.running_mean.copy_(torch.from_numpy(running_mean))
    expected = layer(torch.from_numpy(np.concatenate([source, target])), len(source))
    what = ("the source rows", "the target rows", "the running mean")
    got = attempt(answer, source.copy(), target.copy(), running_mean.copy(), momentum)
    ours = (*expected.detach().split([8, 6]), layer.running_mean)
    for compared in zip(what, several(got, what), ours, strict=True):
        expect(*compared)


@verdict(
    "The mean leans to the source, and the distance of the means is part of the variance.",
    "draw the two clouds far apart: how wide is the one that they form together?",
)
def check_joint_running(answer: Callable[[float, float, float, float], tuple]) -> None:
    """05: `answer(mean_source, var_source, mean_target, var_target)`: mean and variance, 3 to 1."""
    rng = np.random.default_rng(0)
    source, target = rng.normal(0, 1, 3000), rng.normal(4, 2, 1000)
    both = np.concatenate([source, target])
    moments = attempt(answer, source.mean(), source.var(), target.mean(), target.var())
    mean, var = numbers("mean and variance", moments, (2,))
    expect("the mean", mean, both.mean())
    expect("the variance", var, both.var())


@verdict(
    "No line through the embedding tells the language any more, and the emotion is kept.",
    "along which direction do the languages differ, and what should happen to all others?",
)
def check_projection(answer: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> None:
    """06: `answer(embedding, language)` is a matrix that takes out where the languages differ."""
    rng = np.random.default_rng(0)
    to, half = np.linalg.qr(rng.normal(size=(6, 6)))[0], 1000
    language, emotion = rng.integers(0, 2, (2, 2 * half))
    z = rng.normal(size=(2 * half, 6)) + 3 * np.stack([language, emotion], axis=1) @ to[:2]
    matrix = numbers("the matrix", attempt(answer, z[:half].copy(), language[:half]), (6, 6))
    z = z @ matrix

    def probe(y: np.ndarray) -> float:
        return LogisticRegression().fit(z[:half], y[:half]).score(z[half:], y[half:])

    within("how often a fresh probe finds the emotion", probe(emotion), 0.85, 1)
    within("how often a fresh probe finds the language", probe(language), 0, 0.6)
    expect("of 6 dimensions are left", np.linalg.matrix_rank(matrix, tol=1e-6), 5)
    expect("what is left, through the matrix once more", z[:half] @ matrix, z[:half])


@verdict(
    "Nobody is a neighbour of themselves, and everybody counts the same.",
    "who is the nearest of all to an utterance?",
)
def check_mixing(answer: Callable[[np.ndarray, np.ndarray, int], float]) -> None:
    """06: `answer(embedding, language, k)` is the share of neighbours of the other language."""
    line = np.array([[0.0], [1.0], [2.1], [3.3], [10.0]])
    language = np.array([0, 1, 0, 0, 1])
    expect("five points on a line, one neighbour", attempt(answer, line, language, 1), 0.8)
    expect("five points on a line, two neighbours", attempt(answer, line, language, 2), 0.7)
    rng = np.random.default_rng(0)
    cloud, language = rng.normal(size=(40, 3)), rng.integers(0, 2, 40)
    nearest = NearestNeighbors(n_neighbors=5).fit(cloud).kneighbors(return_distance=False)
    share = (language[nearest] != language[:, None]).mean()
    expect("a cloud in space, five neighbours", attempt(answer, cloud, language, 5), share)


@verdict(
    "The same speakers for both: what is hard for both systems cancels.",
    "what is drawn in one replicate, and who is scored on it?",
)
def check_paired_interval(answer: Callable) -> None:
    """07: `answer(baseline, dann, draws)`: 95 % interval of the gain over the speakers drawn."""
    rng = np.random.default_rng(0)
    baseline = rng.uniform(0.3, 0.9, 12)
    dann = baseline + 0.05 + rng.normal(0, 0.02, 12)
    draws = rng.integers(12, size=(500, 12))
    expected = np.percentile([(dann[own] - baseline[own]).mean() for own in draws], [2.5, 97.5])
    expect("low and high", attempt(answer, baseline, dann, draws), expected)


@verdict(
    "Every pair counts the same in its task, and every task the same.",
    "how many rows has each pair, and how many pairs each task? What should count the same?",
)
def check_mean_gain(answer: Callable[[pd.DataFrame], float]) -> None:
    """07: `answer(rows)` is DANN minus baseline, mean over seeds, then pairs, then tasks."""
    rows = {
        "task": ["arousal"] * 8 + ["valence"] * 2,
        "source": list("aaaaaaccaa"),
        "target": list("bbbbccbbbb"),
        "method": ["baseline", "dann"] * 5,
        "seed": [0, 0, 1, 1, 0, 0, 0, 0, 0, 0],
        "uar_target": [0.50, 0.60, 0.60, 0.80, 0.70, 0.65, 0.40, 0.42, 0.50, 0.51],
    }
    rows = pd.DataFrame(rows)
    expect("one pair of two seeds, two of one", attempt(answer, rows[:8]), 4.0)
    expect("the same, and a task of one pair", attempt(answer, rows), 2.5)


@verdict(
    "The covariances are compared, and the means are not.",
    "what has a cloud, wherever it lies? And what does a covariance divide by?",
)
def check_coral(answer: Callable[[Tensor, Tensor], Tensor]) -> None:
    """08: `answer(z_s, z_t)` is CORAL's loss of two clouds, of shapes (n, k) and (m, k)."""
    torch.manual_seed(0)
    z_s, z_t = both = [torch.randn(n, 3, requires_grad=True) for n in (12, 9)]
    ours = alignment.Coral(loss_weight=1.0)(torch.cat([z_s, z_t]), 12, 0.0).loss
    loss = attempt(answer, z_s, z_t)
    expect("the loss", loss, ours.item())
    for name, z, wanted in zip(("z_s", "z_t"), both, torch.autograd.grad(ours, both), strict=True):
        expect(f"the gradient at {name}", gradient(f"the loss at {name}", loss, z), wanted)
    expect("two clouds of one shape, far apart", attempt(answer, z_t, z_t + 5), 0.0)


@verdict(
    "Each prediction certain, and both classes named.",
    "is the mean of probabilities, or of their entropy? And what is 0 times its logarithm?",
)
def check_information_maximisation(answer: Callable[[np.ndarray], float]) -> None:
    """08: `answer(p)` is diversity minus entropy of probabilities, shape (m, 2), in nats."""
    sure, unsure = np.repeat([[1.0, 0.0], [0.0, 1.0]], 4, axis=0), np.full((8, 2), 0.5)
    p = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
    ours = stats.entropy(p.mean(axis=0)) - stats.entropy(p, axis=1).mean()
    expect("three predictions", attempt(answer, p), ours)
    expect("certain, both classes named alike", attempt(answer, sure), np.log(2))
    expect("one class for all, with certainty", attempt(answer, sure[:4]), 0.0)
    expect("undecided everywhere", attempt(answer, unsure), 0.0)
