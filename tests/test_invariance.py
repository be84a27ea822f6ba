import numpy as np
import pytest

from ser_utils.errors import DomainError
from ser_utils.invariance import language_accuracy


def embeddings(apart: float, speaker_effect: float = 0.0):
    rng = np.random.default_rng(0)
    speakers = np.repeat(np.arange(10), 20)
    of_speaker = speaker_effect * rng.normal(size=(20, 8))
    source = rng.normal(size=(200, 8)) + of_speaker[speakers]
    target = rng.normal(size=(200, 8)) + of_speaker[10 + speakers]
    target[:, 0] += apart
    names = np.char.add("s", speakers.astype(str)), np.char.add("t", speakers.astype(str))
    return source, target, *names


def test_languages_far_apart_are_told_apart():
    assert language_accuracy(*embeddings(apart=6.0)) > 0.98


def test_languages_alike_are_at_chance():
    assert language_accuracy(*embeddings(apart=0.0)) == pytest.approx(0.5, abs=0.07)


def test_a_known_overlap_gives_the_accuracy_of_the_best_classifier():
    """Two unit Gaussians 2 apart: Phi(1) = 0.841 is the most that any classifier can reach."""
    assert language_accuracy(*embeddings(apart=2.0)) == pytest.approx(0.841, abs=0.05)


def test_knowing_speakers_is_no_help():
    """Speakers far apart, languages alike: a probe that had met the speakers would be right."""
    assert language_accuracy(*embeddings(apart=0.0, speaker_effect=5.0)) < 0.75


def test_unequal_sizes_do_not_move_chance():
    source, target, source_names, target_names = embeddings(apart=0.0)
    few = slice(0, 200, 5)
    got = language_accuracy(source, target[few], source_names, target_names[few])
    assert got == pytest.approx(0.5, abs=0.12)


def test_few_speakers_are_enough_but_one_is_not():
    source, target, source_names, target_names = embeddings(apart=6.0)
    two = np.isin(source_names, ["s0", "s1"])
    assert language_accuracy(source[two], target, source_names[two], target_names) > 0.95
    with pytest.raises(DomainError, match="at least two"):
        language_accuracy(source[:20], target, source_names[:20], target_names)
