"""Check functions of the notebooks' exercises.

Each takes the reader's function, tries it on inputs whose answer is known, and prints a line that
starts with "✓", or with "✗" and says what came out and what was expected. None raises, so that a
notebook with an open exercise runs to its end.
"""

import contextlib
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from ser_utils import batch_norm, gradient_reversal, labels, metrics


class _NotYetError(Exception):
    """What is still wrong with an answer."""


@contextlib.contextmanager
def _verdict(praise: str) -> Iterator[None]:
    """Print the praise of a check that passes, or else what is still wrong."""
    try:
        yield
        print("✓", praise)
    except _NotYetError as reason:
        print("✗ Not yet:", reason)


def _try(answer: Callable, *arguments: object) -> object:
    """Return what the reader's function returns, or say that there is nothing to check yet."""
    try:
        result = answer(*arguments)
    except Exception as error:  # whatever a reader's code may raise is an answer to report
        raise _NotYetError(f"your function raised {type(error).__name__}: {error}") from error
    if result is None or result is ...:
        raise _NotYetError("the function does not return anything yet.")
    return result


def _numbers(what: str, got: object, shape: tuple[int, ...]) -> np.ndarray:
    """Return what the reader's function returned as numbers, of this shape."""
    try:
        numbers = np.asarray(got.detach() if isinstance(got, Tensor) else got, float)
    except (TypeError, ValueError, RuntimeError):
        raise _NotYetError(f"{what}: got {got!r}, expected {_count(shape)}.") from None
    if numbers.shape != shape:
        raise _NotYetError(f"{what}: got {_count(numbers.shape)}, expected {_count(shape)}.")
    return numbers


def _count(shape: tuple[int, ...]) -> str:
    size = " × ".join(map(str, shape))
    return f"{size} number{'s' if size != '1' else ''}" if shape else "a single number"


def _expect(what: str, got: object, expected: object) -> None:
    numbers = _numbers(what, got, np.shape(expected))
    if not np.allclose(numbers, np.asarray(expected, float), atol=1e-5, equal_nan=True):
        raise _NotYetError(f"{what}: got {numbers}, expected {expected}.")


def _gradient(what: str, output: object, of: Tensor, weights: Tensor | None = None) -> Tensor:
    """Return the gradient of the weighted output, if the reader's function lets one through."""
    gradient = None
    if isinstance(output, Tensor) and output.requires_grad:
        (gradient,) = torch.autograd.grad(output, of, weights, allow_unused=True)
    if gradient is None:
        raise _NotYetError(f"{what} has no gradient: compute it by torch alone, without detach().")
    return gradient


@_verdict("All nine emotions are where the circumplex has them, and disgust is left out.")
def check_arousal(answer: Callable[[pd.DataFrame], pd.Series]) -> None:
    """01: `answer(table)` labels arousal 1.0, 0.0, or NaN for disgust, from the emotion column."""
    table = pd.DataFrame({"emotion": list(labels.EMOTIONS)})
    expected = labels.binary(table, "arousal", "disgust-out")
    got = _numbers("the labels of nine emotions", _try(answer, table), (len(table),))
    for emotion, yours, ours in zip(table["emotion"], got, expected, strict=True):
        _expect(emotion, yours, ours)


@_verdict("Each group by its own statistics; what does not vary in a group is only centred.")
def check_standardise(answer: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> None:
    """01: `answer(x, groups)` standardises the rows of each group by their mean and deviation."""
    rng = np.random.default_rng(0)
    speakers = rng.permutation(np.repeat(["a", "b", "c"], [30, 12, 8]))
    voices = {"a": (3, 2), "b": (-5, 1), "c": (0, 9)}
    x = np.array([rng.normal(*voices[speaker], 4) for speaker in speakers])
    x[speakers == "c", 3] = 7.0
    got = _numbers("the standardised rows", _try(answer, x.copy(), speakers), x.shape)
    for speaker in voices:
        own = speakers == speaker
        expected = x[own] - x[own].mean(axis=0)
        deviation = x[own].std(axis=0)
        if speaker == "c":
            _expect("a feature that does not vary within its group", got[own, 3], expected[:, 3])
        varies = deviation > 0
        expected = expected[:, varies] / deviation[varies]
        _expect(f"the mean of group {speaker!r}", got[own].mean(axis=0), np.zeros(4))
        _expect(f"the rows of group {speaker!r}", got[own][:, varies], expected)


@_verdict("The mean of the recalls: the dummy stays at 0.5 however unequal the classes are.")
def check_uar(answer: Callable[[np.ndarray, np.ndarray], float]) -> None:
    """02: `answer(labels, predictions)` is the unweighted average recall."""
    always, rare = np.zeros(100, int), np.repeat([1, 0], [10, 90])
    _expect("always naming a class that covers 90 %", _try(answer, rare, always), 0.5)
    rng = np.random.default_rng(1)
    truth, guess = rng.integers(0, 2, (2, 60))
    _expect("random answers", _try(answer, truth, guess), metrics.uar(truth, guess))


@_verdict("The threshold follows the scores, and no label was needed.")
def check_threshold(answer: Callable[[np.ndarray, float], np.ndarray]) -> None:
    """02: `answer(scores, share)` names a share of the target class 1: the highest scores."""
    scores = 0.9 + np.random.default_rng(0).uniform(0, 0.1, 200)  # a target that lies too high
    for share in (0.5, 0.3, 0.85):
        got = _numbers(f"the classes, share {share}", _try(answer, scores, share), (200,))
        _expect(f"the share of class 1, asked for {share}", got.mean(), share)
        highest = (scores.argsort().argsort() >= round((1 - share) * 200)).astype(float)
        _expect(f"class 1 for the highest scores, share {share}", got, highest)


@_verdict("Identity forward, reversed and scaled backward.")
def check_gradient_reversal(answer: Callable[[Tensor, float], Tensor]) -> None:
    """03: `answer(x, strength)` is x, with a gradient times minus the strength."""
    x = torch.tensor([[1.0, -2.0], [0.5, 3.0]], requires_grad=True)
    factors = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    y = _try(answer, x, 0.7)
    _expect("the forward pass", y, x.detach())
    _expect("the gradient", _gradient("the result", y, x, factors), -0.7 * factors)


@_verdict("Nothing is reversed during the warm-up, and λ still ends where it should.")
def check_schedule(answer: Callable[[float], float]) -> None:
    """03: `answer(p)` is a schedule that is 0 for a warm-up of a fifth, then Ganin's, rescaled."""
    for p in (0.0, 0.1, 0.2, 0.4, 1.0):
        _expect(f"p = {p}", _try(answer, p), gradient_reversal.ganin(max(0.0, (p - 0.2) / 0.8)))


@_verdict("Both losses are in, and the encoder's language gradient is reversed.")
def check_dann_step(answer: Callable) -> None:
    """04: `answer(encoder, head, classifier, source, labels, target, strength)`: DANN loss."""
    torch.manual_seed(0)
    encoder, head, classifier = nn.Linear(3, 4), nn.Linear(4, 2), nn.Linear(4, 2)
    source, target, emotion = torch.randn(6, 3), torch.randn(6, 3), torch.arange(6) % 2
    loss = _try(answer, encoder, head, classifier, source, emotion, target, 0.5)
    # Without any reversal layer: two gradients, subtracted.
    languages = classifier(encoder(torch.cat([source, target])))
    language_loss = nn.functional.cross_entropy(languages, torch.arange(12) // 6)
    emotion_loss = nn.functional.cross_entropy(head(encoder(source)), emotion)
    (ascend,) = torch.autograd.grad(language_loss, encoder.weight)
    (descend,) = torch.autograd.grad(emotion_loss, encoder.weight)
    _expect("the loss", loss, (emotion_loss + language_loss).item())
    gradient = _gradient("the loss", loss, encoder.weight)
    _expect("the encoder's gradient", gradient, descend - 0.5 * ascend)


@_verdict("It finds the language where it is, and finds none where there is none.")
def check_probe(answer: Callable[[np.ndarray, np.ndarray], float]) -> None:
    """04: `answer(embedding, language)` is a fresh probe's cross-validated accuracy."""
    rng = np.random.default_rng(0)
    language = np.repeat([0, 1], 100)
    noise = rng.normal(size=(200, 5))
    apart = noise + 4 * language[:, None]
    accuracy = _numbers("the accuracy", _try(answer, apart, language), ())
    if accuracy < 0.95:
        raise _NotYetError(f"two clouds far apart: got {accuracy:.2f}, expected nearly 1.")
    accuracy = _numbers("the accuracy", _try(answer, noise, language), ())
    if not 0.35 < accuracy < 0.65:
        raise _NotYetError(
            f"embeddings without any language in them: got {accuracy:.2f}, expected about 0.5. "
            "Is the probe scored on the rows it was trained on?"
        )


@_verdict("Each domain by its own statistics, and one running mean that both have moved.")
def check_separate(answer: Callable) -> None:
    """05: `answer(source, target, running_mean, momentum)` is `separate` on one batch.

    It returns the normalised source rows, the normalised target rows, and the new running mean.
    """
    rng = np.random.default_rng(0)
    source, target = rng.normal(2, 3, (8, 4)), rng.normal(-1, 0.5, (6, 4))
    running_mean, momentum = rng.normal(size=4), 0.1
    layer = batch_norm.layer("separate", 4).double()
    layer.running_mean.copy_(torch.from_numpy(running_mean))
    expected = layer(torch.from_numpy(np.concatenate([source, target])), len(source))
    got = _try(answer, source.copy(), target.copy(), running_mean.copy(), momentum)
    if not isinstance(got, tuple | list) or len(got) != 3:
        raise _NotYetError("return three arrays: source rows, target rows, running mean.")
    what = ("the source rows", "the target rows", "the running mean")
    ours = (*expected.detach().split([8, 6]), layer.running_mean)
    for compared in zip(what, got, ours, strict=True):
        _expect(*compared)


@_verdict("The mean leans to the source, and the distance of the means is part of the variance.")
def check_joint_running(answer: Callable[[float, float, float, float], tuple]) -> None:
    """05: `answer(mean_source, var_source, mean_target, var_target)`: mean and variance, 3 to 1."""
    rng = np.random.default_rng(0)
    source, target = rng.normal(0, 1, 3000), rng.normal(4, 2, 1000)
    both = np.concatenate([source, target])
    moments = _try(answer, source.mean(), source.var(), target.mean(), target.var())
    mean, var = _numbers("mean and variance", moments, (2,))
    _expect("the mean", mean, both.mean())
    _expect("the variance", var, both.var())


@_verdict("0 is no difference, 2 no overlap, and a constant guess is no distance.")
def check_a_distance(answer: Callable[[np.ndarray, np.ndarray], float]) -> None:
    """06: `answer(language, guess)` is the proxy A-distance, both languages counting the same."""
    language = np.repeat([0, 1], [90, 10])
    always, half = np.zeros(100, int), np.repeat([0, 1], [95, 5])
    _expect("all guessed right", _try(answer, language, language), 2.0)
    _expect("always the larger language", _try(answer, language, always), 0.0)
    _expect("half of the smaller language wrong", _try(answer, language, half), 1.0)


@_verdict("Nobody is a neighbour of themselves, and everybody counts the same.")
def check_mixing(answer: Callable[[np.ndarray, np.ndarray, int], float]) -> None:
    """06: `answer(embedding, language, k)` is the share of neighbours of the other language."""
    line = np.array([[0.0], [1.0], [2.1], [3.3], [10.0]])
    language = np.array([0, 1, 0, 0, 1])
    _expect("five points on a line, one neighbour", _try(answer, line, language, 1), 0.8)
    _expect("five points on a line, two neighbours", _try(answer, line, language, 2), 0.7)
    apart = np.random.default_rng(0).normal(size=(40, 3)) + np.repeat([[0], [9]], 20, axis=0)
    _expect("two clouds far apart", _try(answer, apart, np.repeat([0, 1], 20), 5), 0.0)


@_verdict("The same speakers for both: what is hard for both systems cancels.")
def check_paired_interval(answer: Callable) -> None:
    """07: `answer(baseline, dann, draws)`: 95 % interval of the gain over the speakers drawn."""
    rng = np.random.default_rng(0)
    baseline = rng.uniform(0.3, 0.9, 12)
    dann = baseline + 0.05 + rng.normal(0, 0.02, 12)
    draws = rng.integers(12, size=(500, 12))
    expected = np.percentile([(dann[own] - baseline[own]).mean() for own in draws], [2.5, 97.5])
    _expect("low and high", _try(answer, baseline, dann, draws), expected)


@_verdict("Every pair counts the same in its task, and every task the same.")
def check_mean_gain(answer: Callable[[pd.DataFrame], float]) -> None:
    """07: `answer(rows)` is DANN minus baseline, mean over seeds, then pairs, then tasks."""
    rows = {
        "task": ["arousal"] * 6 + ["valence"] * 2,
        "source": list("aaaabbaa"),
        "target": list("bbbbaabb"),
        "method": ["baseline", "baseline", "dann", "dann"] + ["baseline", "dann"] * 2,
        "seed": [0, 1, 0, 1, 0, 0, 0, 0],
        "uar_target": [0.50, 0.60, 0.60, 0.80, 0.70, 0.65, 0.50, 0.51],
    }
    rows = pd.DataFrame(rows)
    arousal = rows[rows["task"] == "arousal"]
    _expect("one pair of two seeds, one of one", _try(answer, arousal), 5.0)
    _expect("the same, and a task of one pair", _try(answer, rows), 3.0)
