import numpy as np
import pandas as pd
import pytest
import soundfile
from noise_files import noise, write

from ser_utils.datasets import audit
from ser_utils.datasets.audit.finding import ERROR, NOTE, WARNING
from ser_utils.datasets.audit.reading import CLIPPED_RUN, FULL_SCALE
from ser_utils.errors import CorpusError, MissingCorpusError, SettingError, UnknownNameError


def check(given):
    return audit.check(given, progress=False)


def messages(report, severity):
    return [finding.what for finding in report.findings if finding.severity == severity]


@pytest.fixture
def emodb(ser_data):
    """Two utterances, and a file of another name."""
    for seed, stem in enumerate(["03a01Wa", "08a01Ta", "noise"]):
        write(ser_data / f"emodb/wav/{stem}.wav", noise(0.2 + seed / 10, seed))
    return ser_data / "emodb"


def test_a_known_corpus_by_name_or_folder(emodb, monkeypatch):
    by_name = check("emodb")
    assert by_name.table["emotion"].tolist() == ["anger", "sadness"]
    warning = messages(by_name, WARNING)[0]
    assert "left out audio that is not named as in the official release" in warning
    monkeypatch.chdir(emodb)
    pd.testing.assert_frame_equal(check(".").table, by_name.table)
    assert list(check(emodb / "wav").table) == ["path"]


def test_a_folder_of_two_corpora(ser_data):
    write(ser_data / "esd/0001/Angry/0001_000351.wav", noise(0.2, 1))
    write(ser_data / "esd/0011/Angry/0011_000351.wav", noise(0.3, 2))
    report = check(ser_data / "esd")
    assert report.sections()["speakers"]["anger"].tolist() == [1, 1, 2]
    assert sorted(report.table["language"]) == ["en", "zh"]


def test_what_is_no_corpus(tmp_path, ser_data):
    with pytest.raises(UnknownNameError, match="did you mean 'emodb'"):
        check("emobd")
    with pytest.raises(MissingCorpusError):
        check("emodb")
    with pytest.raises(CorpusError, match="no audio file in"):
        check(tmp_path)
    (tmp_path / "empty.csv").touch()
    with pytest.raises(CorpusError, match=r"empty\.csv cannot be read as a table"):
        check(tmp_path / "empty.csv")


def test_a_limit_that_is_no_number_is_not_taken_for_bad_files(emodb, monkeypatch):
    monkeypatch.setenv("SER_MAX_SECONDS", "many")
    with pytest.raises(SettingError):
        check("emodb")


@pytest.mark.corpora
@pytest.mark.parametrize(
    ("corpus", "files"),
    [("ravdess", 1440), ("emodb", 535), ("emovo", 588), ("aesdd", 604), ("emotiontts", 300)],
)
def test_real_corpora(real, corpus, files):
    assert len(real(corpus)) == files
    report = check(corpus)
    assert len(report.files) == len(report.table) == files
    assert messages(report, ERROR) == []
    assert report.sections()["speakers"].loc["all", "all"] == files
    assert report.files["error"].isna().all()


@pytest.mark.parametrize("name", ["synthetic-en", "synthetic-it"])
def test_in_synthetic_speech_only_what_is_there_is_found(name):
    clipping, *leaks = check(name).findings
    assert clipping.what.startswith("files that clip")
    for case in clipping.where:
        samples, _ = soundfile.read(case.files[0])
        assert (np.abs(samples) >= FULL_SCALE).sum() >= CLIPPED_RUN
    # Emotions differ in the rate of speech by design, and in level.
    assert {finding.what.split(" alone ")[0] for finding in leaks} <= {"duration", "level"}
    assert {finding.severity for finding in leaks} == {NOTE}
