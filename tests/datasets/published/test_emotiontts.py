import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from ser_utils import datasets, features
from ser_utils.errors import SerWarning, UnknownEmotionError

PLAIN = {"ema": "female", "emb": "female", "emf": "male", "emg": "male", "emh": "male"}
EMOTIONAL = {
    **dict.fromkeys(("nea", "neb", "nec", "ned", "nee"), "female"),
    **dict.fromkeys(("nek", "nel", "nem", "nen", "neo"), "male"),
}
EMOTIONS = ("neutral", "happiness", "anger", "sadness")


@pytest.mark.parametrize("top", ["", "emotiontts_open_db/Dataset/SpeechCorpus/Emotional/"])
def test_every_utterance_of_both_scripts_is_read(data, record, top, recwarn):
    expected = {
        str(data / "emotiontts" / f"{top}{script}-to-emotional/{name}/wav/{name}{number:05}.wav"): (
            f"emotiontts-{name}",
            gender,
            EMOTIONS[hundred],
        )
        for script, speakers in (("plain", PLAIN), ("emotional", EMOTIONAL))
        for name, gender in speakers.items()
        for hundred in range(4)
        for number in (100 * hundred + 1, 100 * hundred + 100)
    }
    record(data, *expected)
    table = datasets.load("emotiontts").set_index("path")
    read = table[["speaker", "gender", "emotion"]]
    assert {path: tuple(row) for path, *row in read.itertuples()} == expected
    assert set(table["language"]) == {"ko"}
    assert not recwarn.list


def test_each_code_of_a_name_is_decoded(data, record):
    record(data / "emotiontts", "emotional-to-emotional/nek/wav/nek00150.wav")
    (row,) = datasets.load("emotiontts").to_dict("records")
    assert row == {
        "path": str(data / "emotiontts/emotional-to-emotional/nek/wav/nek00150.wav"),
        "dataset": "emotiontts",
        "language": "ko",
        "speaker": "emotiontts-nek",
        "gender": "male",
        "emotion": "happiness",
        "sentence": "ne150",
        "intensity": "",
    }


@pytest.mark.parametrize(
    ("speakers", "sentences"),
    [
        (("ema", "emf"), ["em002", "em002", "em100"]),  # one script for all emotions
        (("nea", "nek"), ["ne002", "ne102", "ne300"]),  # one for each
    ],
)
def test_a_sentence_is_the_same_whoever_says_it(data, record, speakers, sentences):
    record(data / "emotiontts", *(f"{s}{n:05}.wav" for s in speakers for n in (2, 102, 300)))
    table = datasets.load("emotiontts")
    for _, said in table.groupby("speaker")["sentence"]:
        assert said.tolist() == sentences
    assert table["speaker"].nunique() == 2


def test_scripts_and_other_parts_of_the_repository_are_left_out_silently(data, record, recwarn):
    top = data / "emotiontts/Dataset"
    emotional = top / "SpeechCorpus/Emotional/emotional-to-emotional/nea"
    record(
        top,
        "SpeechCorpus/Emotional/emotional-to-emotional/nea/wav/nea00001.wav",
        "SpeechCorpus/Main/main/kih/wav/kih00002.wav",
        "SpeechCorpus/Personality/pfa/wav/pfa00002.wav",
        "CSD/Korean/wav/kr001a.wav",
    )
    (emotional / "script").mkdir()
    (emotional / "script/nea00001.txt").write_text("안녕하세요.\n")
    assert [path[-12:] for path in datasets.load("emotiontts")["path"]] == ["nea00001.wav"]
    assert not recwarn.list


def test_speakers_without_a_description_and_other_audio_are_strays(data, record):
    record(data / "emotiontts", "ema00001.wav", "emc00001.wav", "nea0001.wav", "noise.wav")
    with pytest.warns(SerWarning, match=r"left out .* \(3\): "):
        assert len(datasets.load("emotiontts")) == 1


def test_a_number_without_an_emotion(data, record):
    record(data / "emotiontts", "ema00401.wav")
    with pytest.raises(UnknownEmotionError, match=r"'00401' in 1 file: .*ema00401\.wav"):
        datasets.load("emotiontts")


def test_corrected_is_the_same_but_for_anger_and_sadness(data, record):
    record(data / "emotiontts", *(f"ema{number:05}.wav" for number in (1, 101, 201, 301)))
    published, corrected = map(datasets.load, ("emotiontts", "emotiontts-corrected"))
    assert corrected["path"].tolist() == published["path"].tolist()
    assert published["emotion"].tolist() == ["neutral", "happiness", "anger", "sadness"]
    assert corrected["emotion"].tolist() == ["neutral", "happiness", "sadness", "anger"]
    assert set(corrected["dataset"]) == {"emotiontts-corrected"}
    assert set(corrected["speaker"]) == {"emotiontts-corrected-ema"}


@pytest.mark.corpora
def test_the_real_corpus(real):
    table = real("emotiontts")
    assert len(table) == 300
    assert table.groupby("gender")["speaker"].nunique().to_dict() == {"female": 7, "male": 8}
    counts = table.groupby(["speaker", "emotion"]).size()
    assert len(counts) == 15 * 4
    assert (counts == 5).all()


@pytest.mark.corpora
@pytest.mark.parametrize("other", ["ravdess", "emodb", "emovo", "aesdd"])
def test_other_corpora_hear_the_anger_of_the_release_as_sadness(real, other):
    """What `data/README.md` says against the labels of the release."""
    learned, heard = (
        features.extract(table[table["emotion"].isin(["anger", "sadness"])], progress=False)
        for table in (real(other), real("emotiontts"))
    )
    values = [StandardScaler().fit_transform(part.values).clip(-3, 3) for part in (learned, heard)]
    classifier = LogisticRegression(C=0.01, max_iter=3000)
    classifier.fit(values[0], learned.table["emotion"])
    says_anger = classifier.predict(values[1]) == "anger"
    script = heard.table["speaker"].str[-3:-1].to_numpy()
    called_anger = (heard.table["emotion"] == "anger").to_numpy()
    for part in ("em", "ne"):
        share = [
            np.mean(says_anger[(script == part) & (called_anger == of)]) for of in (True, False)
        ]
        assert share[0] < share[1] - 0.2
