import pandas as pd
import pytest

from ser_utils.datasets.synthetic import espeak, languages, prosody

LANGUAGES = list(languages.LANGUAGES)
PROSODY = ["pitch", "pitch_range", "rate", "loudness"]


def means(language, column):
    return prosody.utterances(language).groupby("emotion")[column].mean()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_voice_says_every_sentence_with_every_emotion_once(language):
    plan = prosody.utterances(language)
    assert len(plan) == 8 * 8 * 6
    assert plan["file"].is_unique
    assert not plan.duplicated(["speaker", "emotion", "sentence"]).any()
    assert [plan[c].nunique() for c in ("speaker", "emotion", "sentence")] == [8, 8, 6]
    assert plan.groupby("speaker")["gender"].first().value_counts().to_dict() == {
        "female": 4,
        "male": 4,
    }
    assert set(plan["dataset"]) == {f"synthetic-{language}"}
    assert set(plan["language"]) == {language}
    assert plan["speaker"].str.startswith(f"synthetic-{language}-").all()
    assert plan.groupby("sentence")["text"].nunique().tolist() == [1] * 6


def test_genders_are_those_of_the_voices():
    plan = pd.concat(map(prosody.utterances, LANGUAGES))
    initial = plan["voice"].str.split("+").str[1].str[0]
    assert (initial == plan["gender"].str[0]).all()
    assert (plan["voice"].str.split("+").str[0] == plan["language"]).all()


def test_urdu_is_written_in_its_own_script():
    letters = "".join(languages.LANGUAGES["ur"].sentences).replace(" ", "")
    assert all("\u0600" <= letter <= "\u06ff" for letter in letters)


@pytest.mark.parametrize("language", LANGUAGES)
def test_settings_are_within_the_ranges_of_espeak_and_seldom_at_their_limits(language):
    plan = prosody.utterances(language)
    for name in ("rate", "pitch", "pitch_range"):
        low, high = espeak.RANGES[name]
        assert plan[name].between(low, high).all()
        assert plan[name].isin([low, high]).mean() < 0.05


@pytest.mark.parametrize("language", LANGUAGES)
def test_emotions_move_prosody_as_murray_and_arnott_say(language):
    pitch = means(language, "pitch")
    assert pitch["anger"] > pitch["happiness"] > pitch["neutral"] > pitch["sadness"]
    assert pitch["fear"] > pitch["happiness"]
    assert pitch["sadness"] > pitch["disgust"]

    pitch_range = means(language, "pitch_range")
    assert pitch_range[["anger", "happiness", "fear"]].min() > pitch_range["disgust"]
    assert pitch_range["disgust"] > pitch_range["neutral"] > pitch_range["sadness"]

    rate = means(language, "rate")
    assert rate["fear"] > rate["anger"] > rate["neutral"] > rate["sadness"] > rate["disgust"]

    loudness = means(language, "loudness")
    assert loudness[["anger", "happiness"]].min() > loudness["fear"] > loudness["neutral"]
    assert loudness["neutral"] > loudness[["sadness", "disgust"]].max()


@pytest.mark.parametrize("language", LANGUAGES)
def test_surprise_and_calm(language):
    change = pd.DataFrame({name: means(language, name) for name in PROSODY})
    change -= change.loc["neutral"]
    assert (change.loc["surprise"] > 0).all()
    assert (change.loc["calm"] < 0).all()
    assert (change.loc["sadness", ["rate", "loudness"]] < change.loc["calm"][2:]).all()


def test_stronger_emotions_deviate_more():
    plan = pd.concat(map(prosody.utterances, LANGUAGES))
    anger = plan[plan["emotion"] == "anger"].groupby("intensity")["pitch"].mean()
    assert anger["strong"] > anger["normal"] + 5
    neutral = plan["emotion"] == "neutral"
    assert set(plan.loc[neutral, "intensity"]) == {"normal"}
    strong = plan[~neutral].groupby("intensity")["strength"]
    assert strong.max()["normal"] <= prosody.STRONG <= strong.min()["strong"]
    assert 0.4 < (plan.loc[~neutral, "intensity"] == "strong").mean() < 0.6


def test_languages_differ_in_register_and_expressiveness():
    change = {}
    for language, setting in languages.LANGUAGES.items():
        pitch = means(language, "pitch")
        assert pitch["neutral"] == pytest.approx(setting.pitch, abs=3)
        assert means(language, "rate")["neutral"] == pytest.approx(setting.rate, rel=0.04)
        strength = sum(prosody.STRENGTH) / 2
        expected = prosody.EMOTIONS["anger"].pitch * setting.expressiveness * strength
        change[language] = pitch["anger"] - pitch["neutral"]
        assert change[language] == pytest.approx(expected, rel=0.2)
    assert max(change, key=change.get) == "it"
