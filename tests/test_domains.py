from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GroupShuffleSplit

from ser_utils import domains, settings
from ser_utils.errors import (
    DomainError,
    NotFiniteError,
    SerWarning,
    SettingError,
    UnknownNameError,
)
from ser_utils.features import Features


def features_of(pair: domains.Pair) -> tuple[np.ndarray, np.ndarray]:
    return pair.source.features.astype(float), pair.evaluation.features.astype(float)


def test_labels_follow_the_task_and_scheme(toy_pair):
    arousal, valence = (toy_pair(task=task).source for task in ("arousal", "valence"))
    high = arousal.table["emotion"].isin(["anger", "happiness"])
    positive = valence.table["emotion"].isin(["happiness", "neutral"])
    assert arousal.labels.tolist() == high.astype(int).tolist()
    assert valence.labels.tolist() == positive.astype(int).tolist()


def test_utterances_without_a_label_are_left_out_everywhere():
    table = pd.DataFrame(
        {
            "dataset": "toy",
            "language": "en",
            "speaker": ["a", "b", "c", "d"],
            "emotion": ["anger", "disgust", "sadness", "disgust"],
        }
    )
    values = np.arange(8, dtype=np.float32).reshape(4, 2)
    made = domains.domain(
        Features("egemaps", values, None, ["x", "y"], table), scheme="disgust-out"
    )
    assert made.features.tolist() == [[0, 1], [4, 5]]
    assert made.speakers.tolist() == ["a", "c"]
    assert made.labels.tolist() == [1, 0]
    assert made.table["emotion"].tolist() == ["anger", "sadness"]


def test_source_normalisation_uses_the_source_for_both(toy_pair):
    source, target = features_of(toy_pair(normalise="source", clip=None))
    np.testing.assert_allclose(source.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(source.std(0), 1, atol=1e-5)
    assert target[:, 1].mean() > 2  # the shift of the target is still there


def one_language(language: str, values: np.ndarray) -> Features:
    """A speaker per utterance, angry and sad in turn."""
    table = pd.DataFrame(
        {
            "dataset": f"corpus-{language}",
            "language": language,
            "speaker": [f"{language}{i}" for i in range(len(values))],
            "emotion": ["anger", "sadness"] * (len(values) // 2),
        }
    )
    return Features("egemaps", values.astype(np.float32), None, ["x"], table)


def test_source_normalisation_longhand():
    a, b = np.array([[1.0], [3.0], [5.0], [7.0]]), np.array([[10.0], [20.0]])
    pair = domains.pair(one_language("en", a), one_language("de", b), clip=None)
    np.testing.assert_allclose(pair.source.features, (a - 4) / np.sqrt(5), rtol=1e-6)
    np.testing.assert_allclose(pair.target.features, (b - 4) / np.sqrt(5), rtol=1e-6)


@pytest.mark.parametrize("normalise", domains.NORMALISATIONS)
@pytest.mark.parametrize("frames", [None, 24])
def test_inputs_of_both_sides_end_at_the_clip(toy_pair, normalise, frames):
    """Whatever the normalisation, all that changes is what lies beyond."""
    free = toy_pair(normalise=normalise, frames=frames, clip=None)
    for clip in (settings.CLIP, 1.25):
        pair = toy_pair(normalise=normalise, frames=frames, clip=clip)
        assert pair.clip == clip
        for part in ("source", "target", "evaluation"):
            got, before = (getattr(each, part).features for each in (pair, free))
            assert np.abs(before).max() > clip
            np.testing.assert_array_equal(got, np.clip(before, -clip, clip))


def test_the_usual_clip_is_that_of_the_settings(toy_pair):
    assert toy_pair().clip == settings.CLIP
    assert np.abs(toy_pair().target.features).max() == settings.CLIP


@pytest.mark.parametrize("clip", [0, -3.0, float("nan")])
def test_a_clip_that_leaves_nothing_is_refused(toy_pair, clip):
    with pytest.raises(SettingError, match="clip is"):
        toy_pair(clip=clip)


def test_dataset_normalisation_uses_each_own(toy_pair):
    for part in features_of(toy_pair(normalise="dataset", clip=None)):
        np.testing.assert_allclose(part.mean(0), 0, atol=1e-5)
        np.testing.assert_allclose(part.std(0), 1, atol=1e-5)


def test_speaker_normalisation_uses_each_speakers_own(toy_pair):
    pair = toy_pair(normalise="speaker", clip=None)
    for part in (pair.source, pair.evaluation):
        for speaker in np.unique(part.speakers):
            own = part.features[part.speakers == speaker].astype(float)
            np.testing.assert_allclose(own.mean(0), 0, atol=1e-5)
            np.testing.assert_allclose(own.std(0), 1, atol=1e-5)
    assert pair.standardise_target is None


def test_speakers_of_few_utterances_are_one_warning_where_each_has_statistics_of_their_own(
    toy_pair, recwarn
):
    whole = toy_pair()
    sides = [
        Features("egemaps", part.features, None, [], part.table)
        for part in (whole.source, whole.evaluation)
    ]
    rows = np.r_[0:24, 24 : 24 + domains.ENOUGH - 1, 48:51, 72 : 72 + domains.ENOUGH]
    few, enough = (
        Features("egemaps", whole.source.features[r], None, [], whole.source.table.iloc[r])
        for r in (rows, rows[-domains.ENOUGH :])
    )
    for normalise in ("source", "dataset"):
        domains.pair(few, sides[1], normalise=normalise)
    domains.pair(enough, sides[1], normalise="speaker")
    assert not recwarn.list
    for pair in ((few, sides[1]), (sides[1], few)):
        domains.pair(*pair, normalise="speaker")
        told = recwarn.pop(SerWarning)
        assert not recwarn.list
        expected = f"2 of 10 speakers, such as en-2, have fewer than {domains.ENOUGH} utterances"
        assert str(told.message).startswith(expected)
        assert told.filename == __file__


@pytest.mark.parametrize("protocol", domains.PROTOCOLS)
@pytest.mark.parametrize("normalise", ["source", "dataset"])
def test_a_pair_holds_what_its_target_went_through(normalise, protocol):
    source, target = (
        one_language(language, np.random.default_rng(seed).normal(seed, 1 + seed, (12, 1)))
        for seed, language in enumerate(("en", "de"))
    )
    pair = domains.pair(source, target, normalise=normalise, protocol=protocol)
    raw = domains.domain(target)
    for part in (pair.target, pair.evaluation):
        own = raw.take(np.isin(raw.speakers, part.speakers))
        np.testing.assert_array_equal(pair.standardise_target(own).features, part.features)
    reference = domains.domain(source) if normalise == "source" else raw
    if protocol == "transductive":
        assert pair.standardise_target.mean == pytest.approx(reference.features.mean(0))
        assert pair.standardise_target.std == pytest.approx(reference.features.std(0))


def three_languages() -> tuple[list[Features], Features]:
    """Two sources, four and two utterances, and a target."""
    a, b, c = np.array([[1.0], [3.0], [5.0], [7.0]]), np.array([[20.0], [30.0]]), np.zeros((4, 1))
    return [one_language("it", a), one_language("en", b)], one_language("de", c)


def test_sources_of_several_languages_are_learned_from_together():
    sources, target = three_languages()
    pair = domains.pair(sources, target)
    together = np.array([1, 3, 5, 7, 20, 30])
    expected = (together - together.mean()) / together.std()
    np.testing.assert_allclose(pair.source.features[:, 0], expected, rtol=1e-6)
    np.testing.assert_allclose(pair.target.features, -together.mean() / together.std(), rtol=1e-6)
    assert pair.source.languages.tolist() == ["it"] * 4 + ["en"] * 2
    assert pair.source.labels.tolist() == [1, 0] * 3
    assert pair.source.speakers.tolist() == ["it0", "it1", "it2", "it3", "en0", "en1"]
    assert pair.source.dataset == "corpus-it, corpus-en"
    assert str(pair).startswith("it+en -> de")


def test_dataset_normalisation_uses_the_statistics_of_each_source_language():
    sources, target = three_languages()
    pair = domains.pair(sources, target, normalise="dataset")
    expected = [*(np.array([1, 3, 5, 7]) - 4) / np.sqrt(5), -1, 1]
    np.testing.assert_allclose(pair.source.features[:, 0], expected, rtol=1e-6)


def two_corpora(language: str, values: np.ndarray) -> Features:
    """Corpora "a" and "b" of one language, half of the utterances each."""
    made = one_language(language, values)
    names = np.repeat(["a", "b"], len(values) // 2)
    return replace(made, table=made.table.assign(dataset=names))


@pytest.mark.parametrize("side", ["source", "target"])
@pytest.mark.parametrize("frames", [0, 2])
def test_dataset_normalisation_uses_the_statistics_of_each_corpus_of_one_language(side, frames):
    values = np.array([[1.0], [3.0], [5.0], [7.0], [10.0], [20.0], [30.0], [40.0]])
    expected = [*(values[:4, 0] - 4) / np.sqrt(5), *(values[4:, 0] - 25) / np.sqrt(125)]
    joined, other = two_corpora("en", values), one_language("de", np.arange(4.0)[:, None])
    if frames:
        joined, other = (
            replace(
                these,
                values=np.repeat(these.values[:, :, None], frames, axis=2),
                lengths=np.full(len(these.values), frames),
            )
            for these in (joined, other)
        )
    sides = (joined, other) if side == "source" else (other, joined)
    pair = domains.pair(*sides, normalise="dataset", clip=None)
    for part in [pair.source] if side == "source" else [pair.target, pair.evaluation]:
        for of_frame in part.features.reshape(8, -1).T:
            np.testing.assert_allclose(of_frame, expected, rtol=1e-6)
    assert (pair.standardise_target is None) == (side == "target")


def test_corpora_of_a_target_are_known_by_the_speakers_adapted_to():
    rng, other = np.random.default_rng(0), one_language("de", np.arange(4.0)[:, None])
    joined = two_corpora("en", rng.normal([[0.0]] * 8 + [[9.0]] * 8))
    raw = domains.domain(joined)
    pair = domains.pair(other, joined, normalise="dataset", protocol="inductive", clip=None)
    corpus, adapted = raw.table["dataset"], np.isin(raw.speakers, pair.target.speakers)
    for name in "ab":
        known = raw.features[(corpus == name) & adapted].astype(float)
        tested = raw.features[(corpus == name) & ~adapted]
        got = pair.evaluation.features[pair.evaluation.table["dataset"] == name]
        np.testing.assert_allclose(got, (tested - known.mean()) / known.std(), rtol=1e-5)

    tested = pair.evaluation.speakers
    names = np.where(np.isin(joined.table["speaker"], tested), "unheard", "heard")
    split = replace(joined, table=joined.table.assign(dataset=names))
    with pytest.raises(DomainError, match=r"no speaker of the dataset 'unheard' .* another seed"):
        domains.pair(other, split, normalise="dataset", protocol="inductive")


@pytest.mark.parametrize("normalise", domains.NORMALISATIONS)
def test_a_list_of_one_source_is_this_source(normalise):
    (source, _), target = three_languages()
    pairs = [domains.pair(these, target, normalise=normalise) for these in (source, [source])]
    np.testing.assert_array_equal(pairs[0].source.features, pairs[1].source.features)
    assert str(pairs[0]) == str(pairs[1])


def test_spectrograms_of_several_sources_are_padded_to_the_longest():
    """So their values and lengths are those of a table with all of them."""
    rng = np.random.default_rng(0)
    made = []
    for language, frames in (("en", 3), ("it", 5), ("de", 4)):
        like = one_language(language, np.zeros((2, 1)))
        values = rng.normal(size=(2, 2, frames)).astype(np.float32)
        made.append(
            replace(like, feature_set="logmel", values=values, lengths=np.array([frames] * 2))
        )
    *sources, target = made
    source = domains.pair(sources, target).source
    assert source.lengths.tolist() == [3, 3, 5, 5]
    frames = np.concatenate([v for each in sources for v in each.values], axis=1)  # (mel, 16)
    expected = (frames - frames.mean(1, keepdims=True)) / frames.std(1, keepdims=True)
    got = np.concatenate(
        [x[:, :n] for x, n in zip(source.features, source.lengths, strict=True)], 1
    )
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-5)
    assert not source.features[:2, :, 3:].any()


def test_domains_know_their_corpora():
    table = one_language("en", np.arange(4.0)[:, None])
    two = replace(table, table=table.table.assign(dataset=["a", "a", "b", "b"]))
    pair = domains.pair(two, one_language("de", np.arange(4.0)[:, None]))
    assert (pair.source.dataset, pair.target.dataset) == ("a, b", "corpus-de")


def test_inductive_dataset_statistics_come_from_the_speakers_adapted_to(toy_pair):
    pair = toy_pair(normalise="dataset", protocol="inductive", clip=None)
    np.testing.assert_allclose(pair.target.features.mean(0, dtype=float), 0, atol=1e-5)
    assert np.abs(pair.evaluation.features.mean(0)).max() > 0.01


def test_spectrograms_are_standardised_over_valid_frames_and_padding_stays_zero(toy_pair):
    pair = toy_pair(frames=12, clip=None)
    part = pair.source
    mask = np.arange(12) < part.lengths[:, None]
    frames = part.features.transpose(0, 2, 1)[mask].astype(float)
    np.testing.assert_allclose(frames.mean(0), 0, atol=1e-4)
    np.testing.assert_allclose(frames.std(0), 1, atol=1e-4)
    assert not part.features.transpose(0, 2, 1)[~mask].any()


def test_a_pair_knows_its_feature_set(toy_pair):
    assert toy_pair().feature_set == "egemaps"
    assert toy_pair(frames=12).feature_set == "logmel"


def test_feature_sets_must_agree(toy_pair):
    made = []
    for frames, part in ((None, "source"), (12, "evaluation")):
        pair = toy_pair(frames=frames)
        these = getattr(pair, part)
        made.append(Features(pair.feature_set, these.features, these.lengths, [], these.table))
    source, target = made
    for sources in (source, [source, replace(source, feature_set="logmel")]):
        with pytest.raises(DomainError, match=r"'egemaps' and 'logmel'"):
            domains.pair(sources, target)


def test_transductive_evaluates_on_what_was_adapted_to(toy_pair):
    pair = toy_pair()
    assert np.array_equal(pair.target.features, pair.evaluation.features)


def test_inductive_evaluates_on_other_speakers(toy_pair):
    pair = toy_pair(protocol="inductive")
    assert not set(pair.target.speakers) & set(pair.evaluation.speakers)
    assert len(set(pair.target.speakers) | set(pair.evaluation.speakers)) == 6
    assert "inductive" in str(pair)


@pytest.mark.parametrize("seed", range(5))
def test_speakers_never_straddle_a_split(toy_pair, seed):
    whole = toy_pair().source
    rest, apart = domains.split_by_speaker(whole, 0.3, seed)
    assert not set(rest.speakers) & set(apart.speakers)
    assert len(rest) + len(apart) == len(whole)
    again = domains.split_by_speaker(whole, 0.3, seed)
    assert np.array_equal(apart.features, again[1].features)


@pytest.mark.parametrize("seed", range(5))
def test_speakers_of_each_language_are_set_apart_as_if_it_were_alone(toy_pair, seed):
    both = toy_pair(languages=("en", "it", "de")).source
    _, apart = domains.split_by_speaker(both, 0.3, seed)
    expected = []
    for language in ("en", "it"):
        speakers = both.speakers[both.languages == language]
        splitter = GroupShuffleSplit(n_splits=1, test_size=0.3, random_state=seed)
        _, rows = next(splitter.split(speakers, groups=speakers))
        expected += speakers[rows].tolist()
    assert apart.speakers.tolist() == expected
    assert len(set(expected)) == 4


def test_a_language_of_one_speaker_cannot_be_split(toy_pair):
    both = toy_pair(languages=("en", "it", "de")).source
    few = both.take((both.languages == "en") | (both.speakers == "it-0"))
    with pytest.raises(DomainError, match="the it utterances have only 1"):
        domains.split_by_speaker(few, 0.3, 0)


def test_speakers_are_drawn_again_until_both_parts_have_both_classes(toy_pair):
    whole = toy_pair(speakers=5).source
    alone = (whole.speakers == "en-0") | (whole.labels == 1) | (whole.speakers == "en-3")
    whole = whole.take(alone)  # the others never have class 0
    for seed in range(8):
        parts = domains.split_by_speaker(whole, 0.3, seed)
        assert [set(part.labels) for part in parts] == [{0, 1}] * 2
        splitter = GroupShuffleSplit(n_splits=50, test_size=0.3, random_state=seed)
        fitting = (
            apart
            for both in splitter.split(whole.labels, groups=whole.speakers)
            if all(len(set(whole.labels[part])) == 2 for part in both)
            for apart in both[1:]
        )
        np.testing.assert_array_equal(parts[1].features, whole.features[next(fitting)])


def test_classes_of_one_speaker_cannot_be_on_both_sides(toy_pair):
    whole = toy_pair().source
    whole = whole.take((whole.speakers == "en-0") | (whole.labels == 1))
    message = "of 6 en speakers, class 0 by 1 and class 1 by 6. Use a corpus"
    with pytest.raises(DomainError, match=message):
        domains.split_by_speaker(whole, 0.3, 0)


@pytest.mark.parametrize(
    ("only", "message"),
    [
        (("en", "anger"), r"en utterances of toy-en .*only class 1 \(high\).*both classes"),
        (("de", "sadness"), "de utterances.*only class 0.*both classes"),
    ],
)
def test_a_domain_without_one_class_is_refused(toy_pair, only, message):
    with pytest.raises(DomainError, match=message):
        toy_pair(only=only)


def test_a_domain_of_two_languages_or_without_labels_is_refused(toy_pair):
    part = toy_pair().source
    mixed = part.table.assign(language=np.resize(["en", "de"], len(part)))
    with pytest.raises(DomainError, match="one language"):
        domains.domain(Features("egemaps", part.features, None, [], mixed))
    nothing = part.table.assign(emotion="disgust")
    with pytest.raises(DomainError, match="no utterance"):
        domains.domain(Features("egemaps", part.features, None, [], nothing), scheme="disgust-out")


@pytest.mark.parametrize("column", ["speaker", "language", "dataset"])
def test_an_utterance_without_speaker_language_or_corpus_is_refused(toy_pair, column):
    part = toy_pair().source
    for table in (part.table.drop(columns=column), part.table.assign(**{column: None})):
        with pytest.raises(DomainError, match=f"needs a {column}"):
            domains.domain(Features("egemaps", part.features, None, [], table))


def test_one_language_is_a_warning(toy_pair):
    with pytest.warns(SerWarning, match="corpora are aligned"):
        toy_pair(languages=("en", "en"), prefixes=("a", "b"))


@pytest.mark.parametrize("prefixes", [("x", "x"), ("y", "x", "x"), ("x", "x", "y")])
def test_shared_speakers_are_refused(toy_pair, prefixes):
    with pytest.raises(DomainError, match="share speakers: x-0"):
        toy_pair(prefixes=prefixes, languages=("en", "it", "de")[-len(prefixes) :])


def test_sources_are_of_different_languages_and_at_least_one(toy_pair):
    with pytest.raises(DomainError, match=r"en, it, en.*datasets\.load\(\["):
        toy_pair(languages=("en", "it", "en", "de"), prefixes="abcd")
    with pytest.raises(DomainError, match="at least one"):
        toy_pair(languages=("de",))
    with pytest.warns(SerWarning, match="both 'it'"):
        toy_pair(languages=("en", "it", "it"), prefixes="abc")


@pytest.mark.parametrize(
    ("option", "value", "near"),
    [
        ("normalise", "sorce", "source"),
        ("protocol", "transdutive", "transductive"),
        ("task", "arrousal", "arousal"),
        ("scheme", "disgust-lo", "disgust-low"),
    ],
)
def test_unknown_options_name_the_nearest(toy_pair, option, value, near):
    with pytest.raises(UnknownNameError, match=f"did you mean '{near}'"):
        toy_pair(**{option: value})


# Not a number -----------------------------------------------------------------------------------


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("normalise", domains.NORMALISATIONS)
def test_a_feature_that_is_not_finite_is_named_with_its_file(normalise, side, broken):
    sides = [one_language(language, np.arange(6.0)[:, None]) for language in ("en", "de")]
    table = sides[side].table.assign(path=[f"/audio/{i}.wav" for i in range(6)])
    values = sides[side].values.copy()
    values[3:5, 0] = broken
    sides[side] = replace(sides[side], values=values, names=["F0"], table=table)
    first = r"2 of 6 (en|de) utterances .* first in /audio/3\.wav: feature 'F0'\. "
    with pytest.raises(NotFiniteError, match=first):
        domains.pair(*sides, normalise=normalise)
    sides[side] = replace(sides[side], names=[], table=table.drop(columns="path"))
    with pytest.raises(NotFiniteError, match=r"first in row 3, of (en|de)3: feature number 0\. "):
        domains.pair(*sides, normalise=normalise)


def test_a_spectrogram_that_is_not_finite_is_named_with_its_frame():
    like = one_language("en", np.zeros((4, 1)))
    values = np.zeros((4, 2, 5), dtype=np.float32)
    values[1, 1, 4] = np.nan  # in the padding, too
    lengths = np.array([5, 3, 5, 5])
    made = replace(like, values=values, lengths=lengths, names=["90 Hz", "150 Hz"])
    with pytest.raises(NotFiniteError, match="of en1: feature '150 Hz', frame 4"):
        domains.domain(made)


def test_utterances_without_a_label_may_hold_what_they_like():
    made = one_language("en", np.array([[1.0], [2.0], [np.nan], [3.0]]))
    table = made.table.assign(emotion=["anger", "sadness", "disgust", "anger"])
    made = domains.domain(replace(made, table=table), scheme="disgust-out")
    assert made.features.ravel().tolist() == [1, 2, 3]
