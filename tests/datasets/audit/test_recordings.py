import json
import re

import numpy as np
import pytest
import soxr
from noise_files import RATE, noise, write

from ser_utils.datasets import audit
from ser_utils.datasets.audit.finding import ERROR, NOTE, WARNING
from ser_utils.errors import CorpusError


def check(given):
    return audit.check(given, progress=False)


def messages(report, severity):
    return [finding.what for finding in report.findings if finding.severity == severity]


def test_a_folder_without_labels(tmp_path):
    for seed in range(3):
        write(tmp_path / f"{seed}/a.wav", noise(0.2 + seed / 10, seed))
    report = check(tmp_path)
    assert report.severity == 0
    assert report.findings == []
    sections = report.sections()
    assert list(sections) == ["durations", "formats", "measures"]
    assert sections["durations"].iloc[0].to_dict() == {
        "min": 0.2,
        "median": 0.3,
        "mean": 0.3,
        "max": 0.4,
    }
    assert sections["formats"]["files"].tolist() == [3]
    assert (
        report.headline == f"{tmp_path}: 3 utterances, 0.00 hours; errors: 0, warnings: 0, notes: 0"
    )


def test_files_that_cannot_be_used_do_not_end_the_check(tmp_path):
    write(tmp_path / "good.wav")
    (tmp_path / "text.wav").write_text("no recording")
    write(tmp_path / "nan.wav", np.full(RATE, np.nan), subtype="FLOAT")
    (tmp_path / "lost.wav").symlink_to("absent")
    report = check(tmp_path)
    assert report.severity == ERROR
    assert messages(report, ERROR) == ["files that cannot be used: 3"]
    assert [case.what.split(": ")[0] for case in report.findings[0].where] == [
        str(tmp_path / f"{name}.wav") for name in ("lost", "nan", "text")
    ]


def test_no_file_can_be_used(tmp_path):
    (tmp_path / "text.wav").write_text("no recording")
    report = check(tmp_path)
    assert report.severity == ERROR
    assert report.sections() == {}
    assert json.loads(report.json())["files"][0]["seconds"] is None


def test_clipped_and_mostly_silent_files_are_warnings(tmp_path):
    write(tmp_path / "clipped.wav", np.clip(4 * noise(), -1, 1))
    quiet = write(tmp_path / "quiet.wav", np.append(noise(0.2, 1), np.zeros(RATE)))
    write(tmp_path / "half.wav", np.append(noise(1, 2), np.zeros(RATE)))
    report = check(tmp_path)
    assert report.severity == WARNING
    where = {
        finding.what.split(" ")[2]: [case.what for case in finding.where]
        for finding in report.findings
    }
    assert where == {"clip": [str(tmp_path / "clipped.wav")], "which": [quiet]}


def test_several_formats_are_warnings(tmp_path):
    write(tmp_path / "a.wav", noise(0.3, 1), 8_000)
    write(tmp_path / "b.wav", noise(0.4, 2), subtype="PCM_24")
    write(tmp_path / "c.wav", np.stack([noise(seed=3)] * 2, axis=1))
    found = {
        finding.what.split(",")[0]: [case.what for case in finding.where]
        for finding in check(tmp_path).findings
        if finding.severity == WARNING
    }
    assert found["several sampling rates (Hz)"] == ["8000: 1 files", "16000: 2 files"]
    assert found["several bit depths"] == ["16: 2 files", "24: 1 files"]
    assert found["several numbers of channels"] == ["1: 2 files", "2: 1 files"]


def test_an_offset_is_a_warning(tmp_path):
    path = write(tmp_path / "a.wav", noise() + 0.02)
    write(tmp_path / "b.wav", noise(0.4, 1))
    (finding,) = check(tmp_path).findings
    assert finding.what == "files with an offset (DC) of more than 1% of full scale: 1"
    assert finding.where[0].files == [path]


@pytest.mark.parametrize(("rate", "severity"), [(8_000, WARNING), (22_050, NOTE)])
def test_an_empty_upper_band_matters_as_far_as_features_see_it(tmp_path, rate, severity):
    path = write(tmp_path / "a.wav", soxr.resample(noise(rate=rate), rate, 44_100), 44_100)
    write(tmp_path / "b.wav", noise(0.4, 1, rate=44_100), 44_100)
    (finding,) = check(tmp_path).findings
    assert (finding.severity, finding.where[0].files) == (severity, [path])
    assert "without a sound in the upper band" in finding.what


@pytest.mark.parametrize(("count", "warned"), [(9, False), (10, True)])
def test_recordings_of_one_length_were_cut_or_padded(tmp_path, count, warned):
    for seed in range(count):
        write(tmp_path / f"{seed}.wav", noise(seed=seed))
    assert (
        messages(check(tmp_path), WARNING)
        == ["files that last equally long: they were cut or padded"] * warned
    )


# Labels ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_table_with_paths_relative_to_it(table, suffix, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    table({}, {"emotion": "fear"}, {"speaker": "mine-2"}, suffix=suffix)
    report = check(f"table.{suffix}")
    assert all("speakers" in finding.what for finding in report.findings)
    speakers = report.sections()["speakers"]
    assert speakers.loc["mine-1"].to_dict() == {"anger": 1, "fear": 1, "all": 2}
    assert speakers.loc["all"].to_dict() == {"anger": 2, "fear": 1, "all": 3}


def test_what_a_table_lacks(table):
    with pytest.raises(CorpusError, match=r"table\.csv: no column speaker"):
        check(table({}, without=["speaker"]))
    with pytest.raises(CorpusError, match=r"table\.csv: no speaker in row 2"):
        check(table({}, {"speaker": ""}))


def test_utterances_that_are_left_out_are_warnings(table):
    report = check(table({}, {"emotion": ""}, {"emotion": "wut"}))
    (warning,) = messages(report, WARNING)
    assert re.search(r"left out unknown emotion '', 'wut' in 2 files: .*1\.wav, .*2\.wav", warning)
    assert len(report.files) == 1


def test_a_rating_is_a_label(table):
    report = check(table({"emotion": "", "arousal": 0.5}, {"arousal": 0.1}))
    assert report.findings == []
    assert report.sections()["speakers"].loc["mine-1", "(none)"] == 1


def test_recordings_to_convert_are_counted_unless_they_are_converted(tmp_path):
    for name in ("a.wav", "b.wav"):
        write(tmp_path / name, noise(0.2 + (name == "b.wav") / 10))
    for name in ("a.m4a", "c.m4a", "d.M4A", "e.webm", "f.txt"):
        (tmp_path / name).touch()
    report = check(tmp_path)
    (finding,) = report.findings
    assert finding.severity == WARNING
    assert "(2 m4a, 1 webm). Convert them to wav, each by ffmpeg -i NAME.m4a" in finding.what
    for text in (report.text(), report.html(), report.json()):
        assert "2 m4a, 1 webm" in text
        assert "e.webm" in text


def test_a_folder_of_recordings_to_convert_only(tmp_path):
    (tmp_path / "a.m4a").touch()
    with pytest.raises(CorpusError, match=r"no audio file .*\(1 m4a\)\. Convert them to wav"):
        check(tmp_path)


def test_pointers_of_git_lfs_are_named(tmp_path):
    (tmp_path / "a.wav").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    assert "Git LFS" in check(tmp_path).text()
