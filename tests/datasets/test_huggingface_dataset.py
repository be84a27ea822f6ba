import io
import shutil
import sys
import types

import datasets as hub
import pytest
import soundfile
from noise_files import RATE, noise

from ser_utils.datasets import from_huggingface
from ser_utils.errors import CorpusError, UnknownEmotionError, UnknownNameError

EMOTIONS = ["anger", "sadness"]


def encoded(seed):
    file = io.BytesIO()
    soundfile.write(file, noise(seed=seed), RATE, format="WAV")
    return file.getvalue()


@pytest.fixture(autouse=True)
def without_ffmpeg(monkeypatch):
    """Let the library list files of audio where it cannot import what it would decode them by."""
    try:
        import torchcodec.encoders  # noqa: F401
    except (ImportError, OSError, RuntimeError):
        stub = types.ModuleType("torchcodec.encoders")
        stub.AudioEncoder = None
        monkeypatch.setitem(sys.modules, "torchcodec", types.ModuleType("torchcodec"))
        monkeypatch.setitem(sys.modules, "torchcodec.encoders", stub)


@pytest.fixture
def rows(tmp_path, monkeypatch):
    """Columns of three utterances whose recordings are in the data set itself."""
    monkeypatch.setenv("SER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    return {
        "audio": [{"bytes": encoded(seed), "path": f"{seed}.wav"} for seed in range(3)],
        "label": [0, 1, 0],
        "actor": [7, 8, 7],
        "text": ["a", "b", "c"],
    }


def made(rows, **features):
    """Make a data set; its audio is cast, since newer versions encode it by FFmpeg only."""
    known = {"label": hub.ClassLabel(names=EMOTIONS), "audio": hub.Audio()} | features
    dataset = hub.Dataset.from_dict(rows)
    for column, feature in known.items():
        dataset = dataset.cast_column(column, feature)
    return dataset


def load(dataset, **options):
    options = {"columns": {"speaker": "actor"}} | options
    return from_huggingface(dataset, "mine", "el", **options)


def test_recordings_that_a_parquet_file_holds(rows, tmp_path):
    made(rows).to_parquet(tmp_path / "train.parquet")
    dataset = hub.load_dataset(
        "parquet", data_files=str(tmp_path / "train.parquet"), cache_dir=str(tmp_path / "hub")
    )
    table = load(dataset, columns={"speaker": "actor", "sentence": "text"})
    assert table["speaker"].tolist() == ["mine-7", "mine-8", "mine-7"]
    assert table["emotion"].tolist() == ["anger", "sadness", "anger"]
    assert table["sentence"].tolist() == ["a", "b", "c"]
    assert set(table["language"]) == {"el"}
    for seed, path in enumerate(table["path"]):
        with open(path, "rb") as file:
            assert file.read() == encoded(seed)


def test_files_of_an_audiofolder_stay_where_they_are(rows, tmp_path):
    folder = tmp_path / "folder"
    lines = ["file_name,speaker,label"]
    for seed, emotion in enumerate(["anger", "sadness", "anger"]):
        path = folder / f"{seed}.wav"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(encoded(seed))
        lines.append(f"{seed}.wav,s{seed},{emotion}")
    (folder / "metadata.csv").write_text("\n".join(lines))
    dataset = hub.load_dataset("audiofolder", data_dir=str(folder), cache_dir=str(tmp_path / "hub"))
    table = load(dataset, columns={"emotion": "label"})
    assert table["path"].tolist() == [str(folder / f"{seed}.wav") for seed in range(3)]
    assert table["speaker"].tolist() == ["mine-s0", "mine-s1", "mine-s2"]
    shutil.rmtree(folder)
    with pytest.raises(CorpusError, match="row 1 holds no audio"):
        load(dataset, columns={"emotion": "label"})


def test_folders_of_classes_are_emotions(rows, tmp_path):
    for seed, emotion in enumerate(EMOTIONS):
        path = tmp_path / "folder" / emotion / f"{seed}.wav"
        path.parent.mkdir(parents=True)
        path.write_bytes(encoded(seed))
    dataset = hub.load_dataset(
        "audiofolder", data_dir=str(tmp_path / "folder"), cache_dir=str(tmp_path / "hub")
    )["train"]
    dataset = dataset.add_column("speaker", ["a", "b"])
    assert load(dataset, columns={})["emotion"].tolist() == EMOTIONS


def test_splits_are_joined(rows):
    parts = {"train": made(rows).select([0, 1]), "test": made(rows).select([2])}
    assert len(load(hub.DatasetDict(parts))) == 3


def test_a_recording_is_written_once(rows, tmp_path):
    first = load(made(rows), folder=tmp_path / "wav")
    times = [file.stat().st_mtime_ns for file in sorted((tmp_path / "wav").iterdir())]
    assert load(made(rows), folder=tmp_path / "wav").equals(first)
    assert [f.stat().st_mtime_ns for f in sorted((tmp_path / "wav").iterdir())] == times
    assert len(times) == 3


def test_a_missing_class_is_an_unknown_emotion(rows):
    with pytest.raises(UnknownEmotionError):
        load(made(rows | {"label": [0, -1, 1]}))


def test_words_of_its_own(rows):
    dataset = made(rows, label=hub.ClassLabel(names=["thymos", "sadness"]))
    assert load(dataset, emotions={"thymos": "anger"})["emotion"][0] == "anger"


@pytest.mark.parametrize(
    ("columns", "error", "message"),
    [
        ({}, CorpusError, "more than one, may hold the speakers"),
        ({"speaker": "actor", "path": None}, CorpusError, "hold the audio"),
        ({"speaker": "actr"}, UnknownNameError, "did you mean 'actor'"),
        ({"speakers": "actor"}, UnknownNameError, "did you mean 'speaker'"),
    ],
)
def test_what_has_to_be_named(rows, columns, error, message):
    with pytest.raises(error, match=message):
        load(made(rows), columns=columns)


def test_of_several_columns_of_audio_one_is_named(rows):
    several = made(rows | {"other": rows["audio"][::-1]}, other=hub.Audio())
    with pytest.raises(CorpusError, match="hold the audio"):
        load(several)
    one = load(several, columns={"path": "other", "speaker": "actor"})
    assert one["path"].tolist() == load(made(rows))["path"].tolist()[::-1]


def test_a_stream_is_refused(rows):
    with pytest.raises(CorpusError, match="without streaming"):
        load(made(rows).to_iterable_dataset())
