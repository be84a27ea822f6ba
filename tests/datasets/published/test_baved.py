import itertools

import numpy as np
import pytest

from ser_utils import datasets, domains, labels
from ser_utils.errors import DomainError, SerWarning
from ser_utils.features import Features


@pytest.fixture
def levels(data, record):
    speakers = ("0-m-21", "10-f-20", "103-f-22")
    record(
        data / "baved/Basic-Arabic-Vocal-Emotions-Dataset-main",
        *(
            f"{word}/{speaker}-{word}-{level}-{100 * number + level}.wav"
            for number, (speaker, word, level) in enumerate(
                itertools.product(speakers, (0, 6), (0, 1, 2))
            )
        ),
    )
    return datasets.load("baved")


def test_levels_are_arousal_and_no_emotion(levels, recwarn):
    assert len(levels) == 3 * 2 * 3
    assert set(levels["emotion"]) == {labels.NO_EMOTION}
    assert levels["arousal"].tolist() == [float(path.split("-")[-2]) for path in levels["path"]]
    assert "valence" not in levels
    assert not recwarn.list


def test_speakers_and_words(levels):
    assert dict(zip(levels["speaker"], levels["gender"], strict=True)) == {
        "baved-0": "male",
        "baved-10": "female",
        "baved-103": "female",
    }
    assert set(levels["sentence"]) == {"0", "6"}
    assert set(levels["language"]) == {"ar"}


def test_it_makes_a_domain_by_a_threshold_and_says_so_where_emotions_are_asked_for(levels):
    values = np.zeros((len(levels), 1), np.float32)
    features = Features("egemaps", values, None, ["x"], levels)
    high = domains.domain(features, "arousal", 1.0).labels
    assert high.tolist() == (levels["arousal"] == 2).astype(int).tolist()
    with pytest.raises(DomainError, match="no utterance in the arousal labels"):
        domains.domain(features, "arousal")


def test_a_level_or_a_word_that_does_not_exist_is_stray(data, record):
    record(data / "baved", "0/0-m-21-0-1-5.wav", "0/0-m-21-0-3-6.wav", "7/0-m-21-7-1-7.wav")
    with pytest.warns(SerWarning, match=r"left out .* \(2\): "):
        assert len(datasets.load("baved")) == 1
