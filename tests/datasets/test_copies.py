"""Which of several files of an utterance is read; here of EMO-DB, whose audio is in wav/."""

import warnings

import numpy as np
import pytest
import soundfile

from ser_utils import audio, datasets
from ser_utils.errors import CorpusError, SerWarning

TIME = np.arange(8_000) / 16_000
NAME = "03a01Wa"


@pytest.fixture
def emodb(data):
    """Write recordings, each of a tone of its own pitch, and load what is left of them."""

    def write(files, corpus="emodb"):
        for file, (pitch, options) in files.items():
            path = data / corpus.split("-")[0] / file
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, 0.3 * np.sin(2 * np.pi * pitch * TIME), 16_000, **options)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            table = datasets.load(corpus)
        told = [str(w.message) for w in caught if issubclass(w.category, SerWarning)]
        return [path[len(str(data / corpus.split("-")[0])) + 1 :] for path in table["path"]], told

    return write


@pytest.mark.parametrize(
    ("other", "options"),
    [
        (f"flac/{NAME}.flac", {}),
        (f"aiff/{NAME}.aiff", {}),
        (f"copy/wav/{NAME}.wav", {}),
        (f"wav/{NAME}.flac", {}),
        (f"a/{NAME}.wav", {"subtype": "PCM_24"}),
        (f"{NAME.lower()}.wav", {}),
    ],
)
def test_files_of_the_same_samples_are_copies(emodb, other, options):
    kept, (told,) = emodb({other: (200, options), f"wav/{NAME}.wav": (200, {})})
    assert kept == [f"wav/{NAME}.wav"] or other.startswith("wav")
    assert "second copies of utterances, dropped since 2 files hold 1 utterances (1): " in told


@pytest.mark.parametrize(
    "other",
    [
        f"16k/{NAME}.wav",
        f"a/{NAME}.flac",
        f"noised/wav/{NAME}.wav",
        f"{NAME}.wav",
        f"mp3/{NAME}.mp3",
        f"wav/{NAME}.ogg",
    ],
)
def test_the_folder_of_the_release_and_lossless_audio_go_first(emodb, other):
    kept, (told,) = emodb({other: (300, {}), f"wav/{NAME}.wav": (200, {})})
    assert kept == [f"wav/{NAME}.wav"]
    assert "left out files named like a recording that hold other samples, since" in told
    assert told.endswith(other)


@pytest.mark.parametrize(
    ("corpus", "official", "other"),
    [
        ("ravdess", "Actor_01/03-01-05-01-01-01-01.wav", "16k/03-01-05-01-01-01-01.wav"),
        ("ravdess", "Actor_01/03-01-05-01-01-01-01.wav", "AA/Actor_01/03-01-05-01-01-01-01.wav"),
        ("cremad", "AudioWAV/1001_DFA_ANG_XX.wav", "16k/1001_DFA_ANG_XX.wav"),
        ("casia", "wangzhe/angry/201.wav", "16k/wangzhe/angry/201.wav"),
        ("savee", "AudioData/DC/a01.wav", "16k/DC_a01.wav"),
        ("tess", "OAF_angry/OAF_back_angry.wav", "16k/OAF_back_angry.wav"),
        ("urdu", "Angry/SM1_F1_A01.wav", "16k/SM1_F1_A01.wav"),
        ("shemo", "female/F01A01.wav", "16k/F01A01.wav"),
        ("emovo", "f1/rab-f1-b1.wav", "16k/rab-f1-b1.wav"),
        (
            "emotiontts",
            "emotional-to-emotional/nea/wav/nea00101.wav",
            "16k/nea00101.wav",
        ),
        ("aesdd", "anger/a01 (1).wav", "16k/a01 (1).wav"),
        ("cafe", "Colère/Fort/01-C-2-1.wav", "16k/01-C-2-1.wav"),
        ("esd-en", "0011/Angry/0011_000351.wav", "16k/0011/Angry/0011_000351.wav"),
        ("ased", "03Happy/h3-01-01-01-01.wav", "16k/h3-01-01-01-01.wav"),
        ("baved", "0/0-m-21-0-1-105.wav", "16k/0-m-21-0-1-105.wav"),
        ("eyase", "Male01/ml01_sad (1).wav", "16k/Male01/ml01_sad (1).wav"),
        ("jl", "JL(wav+txt)/male1_sad_1a_1.wav", "16k/male1_sad_1a_1.wav"),
        ("oreau", "m/sessc/07a01Ca.wav", "16k/07a01Ca.wav"),
        ("turev", "Sound Source/Sad/1157_hl_acik.wav", "16k/Sad/1157_hl_acik.wav"),
    ],
)
def test_every_corpus_has_folders_of_its_own(emodb, corpus, official, other):
    kept, _ = emodb({other: (300, {}), official: (200, {})}, corpus)
    assert kept == [official]


def test_what_nothing_decides_is_an_error_that_shows_both(emodb):
    with pytest.raises(CorpusError, match=rf"a/{NAME}\.wav and .*b/{NAME}\.wav\. Keep one"):
        emodb({f"a/{NAME}.wav": (200, {}), f"b/{NAME}.wav": (300, {})})


def test_damaged_files_are_no_copies_unless_every_byte_agrees(data, emodb):
    for folder in ("a", "b"):
        (data / "emodb" / folder).mkdir(parents=True)
        (data / f"emodb/{folder}/{NAME}.wav").write_bytes(b"RIFF")
    kept, (told,) = emodb({})
    assert kept == [f"a/{NAME}.wav"]
    assert "second copies" in told
    (data / f"emodb/b/{NAME}.wav").write_bytes(b"FORM")
    with pytest.raises(CorpusError, match="nothing tells"):
        emodb({})


def test_features_are_never_audio(data, emodb):
    (data / "emodb/wav").mkdir(parents=True)
    for suffix in ("arff", "csv", "npy", "mat", "txt"):
        (data / f"emodb/wav/{NAME}.{suffix}").write_text("1")
    htk = {"format": "HTK"}
    kept = emodb(
        {f"htk/{NAME}.htk": (200, htk), f"wav/{NAME}.htk": (200, htk), f"wav/{NAME}.wav": (200, {})}
    )
    assert kept == ([f"wav/{NAME}.wav"], [])


@pytest.mark.parametrize("folder", ["laryngo", "Laryngograms", "x/EGG"])
def test_laryngograms_are_left_out_with_or_without_speech(emodb, folder):
    kept, (told,) = emodb(
        {
            f"{folder}/{NAME}.wav": (300, {}),
            f"{folder}/08a01Wa.wav": (300, {}),
            f"wav/{NAME}.wav": (200, {}),
        }
    )
    assert kept == [f"wav/{NAME}.wav"]
    assert "laryngograms, which are no speech (2): " in told


# --- Copies that circulate ----------------------------------------------------------------------


def test_recordings_in_folders_of_emotions_are_read_by_their_names(emodb):
    kept, (told,) = emodb({"anger/03a01Wa.wav": (200, {}), "fear/03a01Aa.wav": (300, {})})
    assert sorted(kept) == ["anger/03a01Wa.wav", "fear/03a01Aa.wav"]
    assert told == (
        "emodb: this copy is not the official release: its files are in other folders "
        "(anger/, fear/)"
    )


@pytest.mark.parametrize(
    "folders", [("wav/", "wav/"), ("", ""), ("download/", "download/"), ("anger/", "emodb/wav/")]
)
def test_folders_of_the_release_or_of_one_archive_need_no_word(emodb, folders):
    first, second = folders
    _, told = emodb({f"{first}03a01Wa.wav": (200, {}), f"{second}03a01Aa.wav": (300, {})})
    assert told == []


def test_a_doubled_folder_of_the_archive(emodb):
    names = ("03a01Wa.wav", "03a01Aa.wav")
    kept, (told,) = emodb(
        {f"{top}wav/{name}": (200, {}) for name in names for top in ("", "emodb/", "emodb/emodb/")}
    )
    assert sorted(kept) == ["wav/03a01Aa.wav", "wav/03a01Wa.wav"]
    assert "dropped since 6 files hold 2 utterances (4): " in told


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 48_000])
def test_a_copy_of_fewer_samples_a_second_than_any_release_has(data, rate):
    file = data / "cremad/AudioWAV/1001_DFA_ANG_XX.wav"
    file.parent.mkdir(parents=True)
    soundfile.write(file, 0.3 * np.sin(2 * np.pi * 200 * TIME), rate)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert len(datasets.load("cremad")) == 1
    told = [str(warning.message) for warning in caught]
    if rate < 16_000:
        assert len(told) == 1
        assert (
            f"its sampling rate is {rate} Hz, so that it has nothing above {rate // 2} Hz"
            in told[0]
        )
        assert caught[0].filename == __file__  # the warning points at the call of load
    else:
        assert told == []


def test_tess_twice_with_aiff_called_wav_and_a_file_of_another_rate(data, emodb):
    """As one copy has it. Each utterance is read once, whatever its file is."""
    folder, again = "OAF_angry", "tess toronto emotional speech set data/OAF_angry"
    faster = 0.3 * np.sin(2 * np.pi * 200 * np.arange(19_200) / 96_000)
    for place in (folder, again):
        (data / "tess" / place).mkdir(parents=True)
        soundfile.write(data / f"tess/{place}/OAF_food_angry.wav", faster, 96_000)
    kept, (told,) = emodb(
        {
            f"{folder}/OAF_back_angry.wav": (200, {"format": "AIFF"}),
            f"{again}/OAF_back_angry.wav": (200, {}),
        },
        "tess",
    )
    assert kept == [f"{folder}/OAF_back_angry.wav", f"{folder}/OAF_food_angry.wav"]
    assert "dropped since 4 files hold 2 utterances (2): " in told
    durations = [len(audio.read(data / "tess" / file)) / audio.SAMPLING_RATE for file in kept]
    assert durations == pytest.approx([0.5, 0.2])
