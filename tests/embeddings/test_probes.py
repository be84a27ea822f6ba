import itertools
from functools import partial

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from ser_utils.embeddings import probes
from ser_utils.embeddings.probes import language_accuracy
from ser_utils.errors import DomainError, NotFiniteError


def embeddings(apart: float, speaker_effect: float = 0.0):
    rng = np.random.default_rng(0)
    speakers = np.repeat(np.arange(10), 20)
    of_speaker = speaker_effect * rng.normal(size=(20, 8))
    source = rng.normal(size=(200, 8)) + of_speaker[speakers]
    target = rng.normal(size=(200, 8)) + of_speaker[10 + speakers]
    target[:, 0] += apart
    names = np.char.add("s", speakers.astype(str)), np.char.add("t", speakers.astype(str))
    return source, target, *names


# Language ---------------------------------------------------------------------------------------

ACCURACIES = (language_accuracy, partial(language_accuracy, classifier=probes.MLP))


@pytest.mark.parametrize("accuracy", ACCURACIES)
def test_languages_far_apart_are_told_apart(accuracy):
    assert accuracy(*embeddings(apart=6.0)) > 0.98


@pytest.mark.parametrize("accuracy", ACCURACIES)
def test_languages_alike_are_at_chance(accuracy):
    assert accuracy(*embeddings(apart=0.0)) == pytest.approx(0.5, abs=0.07)


def test_a_known_overlap_gives_the_accuracy_of_the_best_classifier():
    """Two unit Gaussians 2 apart: Phi(1) = 0.841 is the most that any classifier can reach."""
    assert language_accuracy(*embeddings(apart=2.0)) == pytest.approx(0.841, abs=0.05)


def test_only_the_mlp_sees_a_language_around_the_other():
    source, target, *names = embeddings(apart=0.0)
    source, target = source[:, :2], target[:, :2]
    target = 6 * target / np.linalg.norm(target, axis=1, keepdims=True)
    assert language_accuracy(source, target, *names) < 0.65
    assert language_accuracy(source, target, *names, probes.MLP) > 0.95


@pytest.mark.parametrize("accuracy", ACCURACIES)
def test_knowing_speakers_is_no_help(accuracy):
    """Speakers far apart, languages alike: a probe that had met the speakers would be right."""
    assert accuracy(*embeddings(apart=0.0, speaker_effect=5.0)) < 0.75


@pytest.mark.parametrize("accuracy", ACCURACIES)
def test_unequal_sizes_do_not_move_chance(accuracy):
    source, target, source_names, target_names = embeddings(apart=0.0)
    few = slice(0, 200, 5)
    got = accuracy(source, target[few], source_names, target_names[few])
    assert got == pytest.approx(0.5, abs=0.12)


def test_few_speakers_are_enough_but_one_is_not():
    source, target, source_names, target_names = embeddings(apart=6.0)
    two = np.isin(source_names, ["s0", "s1"])
    assert language_accuracy(source[two], target, source_names[two], target_names) > 0.95
    for probe in (*ACCURACIES, probes.a_distance):
        with pytest.raises(DomainError, match="at least two"):
            probe(source[:20], target, source_names[:20], target_names)


@pytest.mark.parametrize("accuracy", ACCURACIES)
def test_a_collapsed_embedding_and_a_dead_unit_are_no_trouble(accuracy):
    source, target, *names = embeddings(apart=6.0)
    nothing = np.zeros_like(source)
    assert accuracy(nothing, nothing, *names) == pytest.approx(0.5, abs=0.02)
    source[:, 1:] = target[:, 1:] = 0.0
    assert accuracy(source, target, *names) > 0.98


def sized(sizes: list[int], prefix: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings of speakers with so many utterances each, and their names."""
    speakers = np.repeat(np.array([f"{prefix}{i}" for i in range(len(sizes))], dtype=str), sizes)
    return np.random.default_rng(seed).normal(size=(len(speakers), 3)), speakers


@pytest.mark.parametrize("accuracy", [*ACCURACIES, probes.a_distance])
def test_few_large_and_few_small_speakers_leave_both_languages_to_learn_from(accuracy):
    source, source_speakers = sized([100, 100, 100], "s", seed=0)
    target, target_speakers = sized([20, 20], "t", seed=1)
    value = accuracy(source, target + 20, source_speakers, target_speakers)
    assert value == (2 if accuracy is probes.a_distance else 1)


@pytest.fixture
def moments(monkeypatch):
    """Probes of a moment, where it does not matter how good they are."""
    monkeypatch.setattr(probes.MLP, "max_iter", 1)
    monkeypatch.setattr(probes.LINEAR, "max_iter", 1)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("prefix", ["t", "s"])  # with "s" there are speakers of both languages
def test_small_and_lopsided_languages_are_measured_or_refused(moments, prefix):
    sizes = [[], [1], [9], [1, 1], [1, 9], [9, 9, 9], [1, 1, 9, 1], [1, 1, 1, 1, 1, 30]]
    measured = 0
    for of_source, of_target in itertools.product(sizes, repeat=2):
        source, target = sized(of_source, "s", seed=0), sized(of_target, prefix, seed=1)
        for accuracy in (*ACCURACIES, probes.a_distance):
            try:
                value = accuracy(source[0], target[0], source[1], target[1])
            except DomainError:
                assert min(len(of_source), len(of_target)) < 2
            else:
                measured += 1
                assert -2 <= value <= 2
    assert measured == 3 * 5**2


def test_a_distance_is_2_apart_and_0_alike():
    assert probes.a_distance(*embeddings(apart=20.0)) == 2.0
    assert probes.a_distance(*embeddings(apart=0.0)) == pytest.approx(0.0, abs=0.25)


def test_a_distance_of_two_known_speakers_longhand():
    """Two folds: each speaker of a language is recognised by an SVM of the other speakers."""
    source, target, source_names, target_names = embeddings(apart=1.0)
    source, target = source[:40], target[:40]
    errors = []
    for seen, unseen in ((slice(0, 20), slice(20, 40)), (slice(20, 40), slice(0, 20))):
        known = np.concatenate([source[seen], target[seen]])
        mean, std = known.mean(axis=0), known.std(axis=0)
        svm = LinearSVC(dual=False).fit((known - mean) / std, np.repeat([0, 1], 20))
        errors.append(svm.predict((source[unseen] - mean) / std) != 0)
        errors.append(svm.predict((target[unseen] - mean) / std) != 1)
    expected = 2 * (1 - 2 * np.mean(errors))
    assert 0 < expected < 2
    got = probes.a_distance(source, target, source_names[:40], target_names[:40])
    assert got == pytest.approx(expected)


# Speaker ----------------------------------------------------------------------------------------

SPEAKER_ACCURACIES = (
    probes.speaker_accuracy,
    partial(probes.speaker_accuracy, classifier=probes.MLP),
)


def voices(effect: float, of_sentence: float = 0.0):
    """Five speakers, each saying four sentences five times."""
    rng = np.random.default_rng(1)
    speaker, sentence = np.repeat(np.arange(5), 20), np.tile(np.arange(4), 25)
    embedding = rng.normal(size=(100, 6)) + effect * rng.normal(size=(5, 6))[speaker]
    embedding += of_sentence * rng.normal(size=(5, 4, 6))[speaker, sentence]
    return embedding, np.char.add("speaker ", speaker.astype(str)), sentence.astype(str)


@pytest.mark.parametrize("accuracy", SPEAKER_ACCURACIES)
def test_speakers_are_named_if_the_embedding_has_them(accuracy):
    assert accuracy(*voices(effect=8.0)) > 0.97
    assert accuracy(*voices(effect=0.0)) == pytest.approx(0.2, abs=0.1)


@pytest.mark.parametrize("accuracy", SPEAKER_ACCURACIES)
def test_how_a_speaker_says_a_known_sentence_is_no_help(accuracy):
    """Each speaker has a place for each sentence: known sentences tell who it is, others do not."""
    embedding, speakers, sentences = voices(effect=0.0, of_sentence=8.0)
    assert accuracy(embedding, speakers, sentences) < 0.45
    assert accuracy(embedding, speakers) > 0.7


def test_speaker_accuracy_longhand():
    """Two sentences, so two folds, each by a probe of the other one."""
    embedding, speakers, sentences = voices(effect=0.7)
    one = np.isin(sentences, ["0", "1"])
    sentences = np.where(one, "a", "b")
    guess = np.empty_like(speakers)
    for rows in (one, ~one):
        mean, std = embedding[~rows].mean(axis=0), embedding[~rows].std(axis=0)
        probe = LogisticRegression(max_iter=1000).fit(
            (embedding[~rows] - mean) / std, speakers[~rows]
        )
        guess[rows] = probe.predict((embedding[rows] - mean) / std)
    expected = np.mean(guess == speakers)  # every speaker has as many utterances
    assert 0.2 < expected < 1
    got = probes.speaker_accuracy(embedding, speakers, sentences)
    assert got == pytest.approx(expected)


def test_one_sentence_is_as_none():
    embedding, speakers, sentences = voices(effect=1.0)
    same = np.full_like(sentences, "hello")
    expected = probes.speaker_accuracy(embedding, speakers)
    assert probes.speaker_accuracy(embedding, speakers, same) == expected


def test_a_single_speaker_or_utterance_is_refused():
    embedding, speakers, sentences = voices(effect=1.0)
    for accuracy in SPEAKER_ACCURACIES:
        with pytest.raises(DomainError, match="at least two speakers"):
            accuracy(embedding[:20], speakers[:20], sentences[:20])
        with pytest.raises(DomainError, match="speaker 1 has 1"):
            accuracy(embedding[:21], speakers[:21], sentences[:21])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("sizes", [[], [1], [9], [2, 2], [1, 9], [2, 9], [2, 2, 2, 30]])
@pytest.mark.parametrize("repeated", [1, 2, 7])
def test_small_and_lopsided_speakers_are_measured_or_refused(moments, sizes, repeated):
    """One sentence per speaker, two, or more, and the same sentences or others for each."""
    embedding, speakers = sized(sizes, "s", seed=0)
    alike = np.array([f"{i % repeated}" for i in range(len(speakers))], dtype=str)
    for accuracy, sentences in itertools.product(
        SPEAKER_ACCURACIES, (None, alike, np.char.add(alike, speakers))
    ):
        try:
            assert 0 <= accuracy(embedding, speakers, sentences) <= 1
        except DomainError:
            one_each = sentences is not None and repeated == 1
            assert len(sizes) < 2 or min(sizes) < 2 or (one_each and len(sizes) == 2)


def test_two_speakers_of_different_sentences_leave_nobody_to_tell_from():
    embedding, speakers, _ = voices(effect=1.0)
    with pytest.raises(DomainError, match="all that is left is of one class"):
        probes.speaker_accuracy(embedding[:40], speakers[:40], speakers[:40])


@pytest.mark.parametrize("broken", [np.nan, np.inf])
@pytest.mark.parametrize("probe", [*ACCURACIES, probes.a_distance])
def test_what_is_not_finite_is_not_probed(probe, broken):
    source, target, *names = embeddings(apart=1.0)
    target[3, 1] = broken
    with pytest.raises(NotFiniteError, match=r"1 of 400 embeddings .* first in row 203"):
        probe(source, target, *names)
    with pytest.raises(NotFiniteError, match="first in row 3"):
        probes.speaker_accuracy(target, names[1])
