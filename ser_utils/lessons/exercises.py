"""Check functions of the notebooks' exercises.

Each takes the reader's function, tries it on inputs whose answer is known, and prints a line that
starts with "✓", or with "✗" and says what came out and what was expected. None raises, so that a
notebook with an open exercise runs to its end.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
import torch
from torch import nn

from ser_utils import batch_norm, gradient_reversal, labels, metrics


class _NotYetError(Exception):
    """What is still wrong with an answer."""


def _checked(check: Callable[[Callable], str]) -> Callable[[Callable], None]:
    """Turn a check that raises `_NotYetError` into one that prints its verdict."""

    def checked(answer: Callable) -> None:
        def given(*arguments):
            try:
                result = answer(*arguments)
            except Exception as error:  # whatever a reader's code may raise is an answer to report
                raise _NotYetError(
                    f"your function raised {type(error).__name__}: {error}"
                ) from error
            if result is None or result is ...:
                raise _NotYetError("the function does not return anything yet.")
            return result

        try:
            print("✓", check(given))
        except _NotYetError as reason:
            print("✗ Not yet:", reason)

    checked.__doc__, checked.__name__ = check.__doc__, check.__name__
    return checked


def _numbers(what: str, got: object, shape: tuple[int, ...]) -> np.ndarray:
    """Return what the reader's function returned as numbers, of this shape."""
    try:
        numbers = np.asarray(got.detach() if isinstance(got, torch.Tensor) else got, float)
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


def _gradient(
    what: str, output: object, of: torch.Tensor, weights: torch.Tensor | None = None
) -> torch.Tensor:
    """Return the gradient of the weighted output, if the reader's function lets one through."""
    gradient = None
    if isinstance(output, torch.Tensor) and output.requires_grad:
        (gradient,) = torch.autograd.grad(output, of, weights, allow_unused=True)
    if gradient is None:
        raise _NotYetError(f"{what} has no gradient: compute it by torch alone, without detach().")
    return gradient


@_checked
def check_arousal(answer: Callable[[pd.DataFrame], pd.Series]) -> str:
    """01: `answer(table)` labels arousal 1.0, 0.0, or NaN for disgust, from the emotion column."""
    table = pd.DataFrame({"emotion": list(labels.EMOTIONS)})
    expected = labels.binary(table, "arousal", "disgust-out")
    got = _numbers("the labels of nine emotions", answer(table), (len(table),))
    for emotion, ours, yours in zip(table["emotion"], expected, got, strict=True):
        _expect(emotion, yours, ours)
    return "All nine emotions are where the circumplex has them, and disgust is left out."


@_checked
def check_standardise(answer: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> str:
    """01: `answer(x, reference)` standardises x by mean and deviation of the reference's rows."""
    rng = np.random.default_rng(0)
    reference, x = rng.normal(3, 2, (50, 4)), rng.normal(5, 1, (20, 4))
    itself = _numbers("the standardised reference", answer(reference, reference), (50, 4))
    _expect("mean of the standardised reference", itself.mean(axis=0), np.zeros(4))
    _expect(
        "a target standardised by the source",
        answer(x, reference),
        (x - reference.mean(axis=0)) / reference.std(axis=0),
    )
    return "Source statistics for both: the shift between the domains is kept, not hidden."


@_checked
def check_uar(answer: Callable[[np.ndarray, np.ndarray], float]) -> str:
    """02: `answer(labels, predictions)` is the unweighted average recall."""
    always = np.zeros(100, int)
    rare = (np.arange(100) < 10).astype(int)
    _expect("always naming a class that covers 90 %", answer(rare, always), 0.5)
    rng = np.random.default_rng(1)
    truth, guess = rng.integers(0, 2, (2, 60))
    _expect("random answers", answer(truth, guess), metrics.uar(truth, guess))
    return "The mean of the recalls: the dummy stays at 0.5 however unequal the classes are."


@_checked
def check_class_weights(answer: Callable[[np.ndarray], np.ndarray]) -> str:
    """02: `answer(labels)` gives the two weights n / (2 n_class)."""
    _expect("30 of class 0 and 10 of class 1", answer(np.repeat([0, 1], [30, 10])), [2 / 3, 2.0])
    _expect("equal classes", answer(np.repeat([0, 1], [7, 7])), [1.0, 1.0])
    return "Both classes now weigh the same in the loss."


@_checked
def check_gradient_reversal(answer: Callable[[torch.Tensor, float], torch.Tensor]) -> str:
    """03: `answer(x, strength)` is x, with a gradient times minus the strength."""
    x = torch.tensor([[1.0, -2.0], [0.5, 3.0]], requires_grad=True)
    factors = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    y = answer(x, 0.7)
    _expect("the forward pass", y, x.detach())
    _expect("the gradient", _gradient("the result", y, x, factors), -0.7 * factors)
    return "Identity forward, reversed and scaled backward."


@_checked
def check_schedule(answer: Callable[[float], float]) -> str:
    """03: `answer(p)` is a schedule that is 0 for a warm-up of a fifth, then Ganin's, rescaled."""
    for p in (0.0, 0.1, 0.2, 0.4, 1.0):
        _expect(f"p = {p}", answer(p), gradient_reversal.ganin(max(0.0, (p - 0.2) / 0.8)))
    return "Nothing is reversed during the warm-up, and λ still ends where it should."


@_checked
def check_dann_step(answer: Callable) -> str:
    """04: `answer(encoder, head, classifier, source, labels, target, strength)`: DANN loss."""
    torch.manual_seed(0)
    encoder, head, classifier = nn.Linear(3, 4), nn.Linear(4, 2), nn.Linear(4, 2)
    source, target, emotion = torch.randn(6, 3), torch.randn(6, 3), torch.arange(6) % 2
    loss = answer(encoder, head, classifier, source, emotion, target, 0.5)
    expected, gradient = _dann_longhand(encoder, head, classifier, source, emotion, target, 0.5)
    _expect("the loss", loss, expected.item())
    _expect("the encoder's gradient", _gradient("the loss", loss, encoder.weight), gradient)
    return "Both losses are in, and the encoder's language gradient is reversed."


def _dann_longhand(encoder, head, classifier, source, emotion, target, strength):
    """Loss and encoder gradient of a DANN without any reversal layer: two gradients, subtracted."""
    cross_entropy = nn.functional.cross_entropy
    language = torch.cat([torch.zeros(len(source)), torch.ones(len(target))]).long()
    emotion_loss = cross_entropy(head(encoder(source)), emotion)
    language_loss = cross_entropy(classifier(encoder(torch.cat([source, target]))), language)
    (descend,) = torch.autograd.grad(emotion_loss, encoder.weight)
    (ascend,) = torch.autograd.grad(language_loss, encoder.weight)
    return emotion_loss + language_loss, descend - strength * ascend


@_checked
def check_probe(answer: Callable[[np.ndarray, np.ndarray], float]) -> str:
    """04: `answer(embedding, language)` is a fresh probe's cross-validated accuracy."""
    rng = np.random.default_rng(0)
    language = np.repeat([0, 1], 100)
    noise = rng.normal(size=(200, 5))
    apart = noise + 4 * language[:, None]
    accuracy = _numbers("the accuracy", answer(apart, language), ())
    if accuracy < 0.95:
        raise _NotYetError(f"two clouds far apart: got {accuracy:.2f}, expected nearly 1.")
    accuracy = _numbers("the accuracy", answer(noise, language), ())
    if not 0.35 < accuracy < 0.65:
        raise _NotYetError(
            f"embeddings without any language in them: got {accuracy:.2f}, expected about 0.5. "
            "Is the probe scored on the rows it was trained on?"
        )
    return "It finds the language where it is, and finds none where there is none."


@_checked
def check_separate(answer: Callable) -> str:
    """05: `answer(source, target, running_mean, momentum)` is `separate` on one batch.

    It returns the normalised source rows, the normalised target rows, and the new running mean.
    """
    rng = np.random.default_rng(0)
    source, target = rng.normal(2, 3, (8, 4)), rng.normal(-1, 0.5, (6, 4))
    running_mean, momentum = rng.normal(size=4), 0.1
    layer = batch_norm.layer("separate", 4).double()
    layer.running_mean.copy_(torch.from_numpy(running_mean))
    expected = layer(torch.from_numpy(np.concatenate([source, target])), len(source))
    got = answer(source.copy(), target.copy(), running_mean.copy(), momentum)
    if not isinstance(got, tuple | list) or len(got) != 3:
        raise _NotYetError("return three arrays: source rows, target rows, running mean.")
    for what, yours, ours in zip(
        ("the source rows", "the target rows", "the running mean"),
        got,
        (*expected.detach().split([8, 6]), layer.running_mean),
        strict=True,
    ):
        _expect(what, yours, ours.numpy())
    return "Each domain by its own statistics, and one running mean that both have moved."


@_checked
def check_joint_running(answer: Callable[[float, float, float, float], tuple]) -> str:
    """05: `answer(mean_source, var_source, mean_target, var_target)`: mean and variance, 3 to 1."""
    rng = np.random.default_rng(0)
    source, target = rng.normal(0, 1, 3000), rng.normal(4, 2, 1000)
    both = np.concatenate([source, target])
    moments = answer(source.mean(), source.var(), target.mean(), target.var())
    mean, var = _numbers("mean and variance", moments, (2,))
    _expect("the mean", mean, both.mean())
    _expect("the variance", var, both.var())
    return "The mean leans to the source, and the distance of the means is part of the variance."


@_checked
def check_a_distance(answer: Callable[[np.ndarray, np.ndarray], float]) -> str:
    """06: `answer(language, guess)` is the proxy A-distance, both languages counting the same."""
    language = np.repeat([0, 1], [90, 10])
    for what, guess, expected in (
        ("all guessed right", language, 2.0),
        ("always the larger language", np.zeros(100, int), 0.0),
        ("half of the smaller language wrong", np.repeat([0, 1], [95, 5]), 1.0),
    ):
        _expect(what, answer(language, guess), expected)
    return "0 is no difference, 2 no overlap, and a constant guess is no distance."


@_checked
def check_mixing(answer: Callable[[np.ndarray, np.ndarray, int], float]) -> str:
    """06: `answer(embedding, language, k)` is the share of neighbours of the other language."""
    line = np.array([[0.0], [1.0], [2.1], [3.3], [10.0]])
    language = np.array([0, 1, 0, 0, 1])
    _expect("five points on a line, one neighbour", answer(line, language, 1), 0.8)
    _expect("five points on a line, two neighbours", answer(line, language, 2), 0.7)
    apart = np.random.default_rng(0).normal(size=(40, 3)) + np.repeat([[0], [9]], 20, axis=0)
    _expect("two clouds far apart", answer(apart, np.repeat([0, 1], 20), 5), 0.0)
    return "Nobody is a neighbour of themselves, and everybody counts the same."


@_checked
def check_paired_interval(answer: Callable) -> str:
    """07: `answer(baseline, dann, draws)`: 95 % interval of the gain over the speakers drawn."""
    rng = np.random.default_rng(0)
    baseline = rng.uniform(0.3, 0.9, 12)
    dann = baseline + 0.05 + rng.normal(0, 0.02, 12)
    draws = rng.integers(12, size=(500, 12))
    expected = np.percentile([(dann[own] - baseline[own]).mean() for own in draws], [2.5, 97.5])
    _expect("low and high", answer(baseline, dann, draws), expected)
    return "The same speakers for both: what is hard for both systems cancels."


@_checked
def check_mean_gain(answer: Callable[[pd.DataFrame], float]) -> str:
    """07: `answer(rows)` is the mean over pairs of the mean over seeds of DANN minus baseline."""
    rows = pd.DataFrame(
        [
            ("a", "b", "baseline", 0, 0.50),
            ("a", "b", "baseline", 1, 0.60),
            ("a", "b", "dann", 0, 0.60),
            ("a", "b", "dann", 1, 0.80),
            ("b", "a", "baseline", 0, 0.70),
            ("b", "a", "dann", 0, 0.65),
        ],
        columns=["source", "target", "method", "seed", "uar_target"],
    )
    _expect("one pair of two seeds, one of one", answer(rows), 5.0)
    return "Every pair counts the same, however many seeds it has."
