import json
import re

import numpy as np
import pytest
from noise_files import RATE, noise, write

from ser_utils.datasets import audit
from ser_utils.datasets.audit.findings import ERROR, WARNING
from ser_utils.errors import CorpusError


def check(given):
    return audit.check(given, progress=False)


def messages(report, severity):
    return [finding.message for finding in report.findings if finding.severity == severity]


def test_a_folder_without_labels(tmp_path):
    for seed in range(3):
        write(tmp_path / f"{seed}/a.wav", noise(0.2 + seed / 10, seed))
    report = check(tmp_path)
    assert report.severity == 0
    assert report.findings == []
    sections = report.sections()
    assert list(sections) == ["durations", "formats"]
    assert sections["durations"].iloc[0].to_dict() == {
        "min": 0.2,
        "median": 0.3,
        "mean": 0.3,
        "max": 0.4,
    }
    assert sections["formats"]["files"].tolist() == [3]
    assert report.headline == f"{tmp_path}: 3 utterances, 0.00 hours; errors: 0, warnings: 0"


def test_files_that_cannot_be_used_do_not_end_the_check(tmp_path):
    write(tmp_path / "good.wav")
    (tmp_path / "text.wav").write_text("no recording")
    write(tmp_path / "nan.wav", np.full(RATE, np.nan), subtype="FLOAT")
    (tmp_path / "lost.wav").symlink_to("absent")
    report = check(tmp_path)
    assert report.severity == ERROR
    assert messages(report, ERROR) == ["files that cannot be used: 3"]
    assert [where.split(": ")[0] for where in report.findings[0].where] == [
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
    where = {finding.what.split(" ")[2]: finding.where for finding in report.findings}
    assert where == {"clip": [str(tmp_path / "clipped.wav")], "which": [quiet]}


def test_several_sampling_rates_and_channels_are_warnings(tmp_path):
    write(tmp_path / "a.wav", noise(0.3, 1), 8_000)
    write(tmp_path / "b.wav", noise(0.4, 2))
    write(tmp_path / "c.wav", np.stack([noise(seed=3)] * 2, axis=1))
    warned = messages(check(tmp_path), WARNING)
    assert (
        "several sampling rates (Hz), which a model may learn: 16000 (2 files), 8000 (1 files)"
        in warned
    )
    assert "several channels, which a model may learn: 1 (2 files), 2 (1 files)" in warned


@pytest.mark.parametrize(("count", "warned"), [(9, False), (10, True)])
def test_recordings_of_one_length_were_cut_or_padded(tmp_path, count, warned):
    for seed in range(count):
        write(tmp_path / f"{seed}.wav", noise(seed=seed))
    assert (
        messages(check(tmp_path), WARNING)
        == ["every file lasts 0.5 s: they were cut or padded"] * warned
    )


# Labels ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_table_with_paths_relative_to_it(table, suffix, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    table({}, {"emotion": "fear"}, {"speaker": "mine-2"}, suffix=suffix)
    report = check(f"table.{suffix}")
    assert report.findings == []
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


def test_copies_are_warnings_unless_their_labels_differ(table, tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2), ("d", 2)):
        write(tmp_path / f"audio/{name}.wav", noise(0.5 + seed, seed))
    report = check(
        table(
            *({"path": f"audio/{name}.wav"} for name in "abc"),
            {"path": "audio/d.wav", "speaker": "mine-2"},
        )
    )
    different, same = report.findings
    audio_folder = f"{tmp_path}/audio"
    assert different.severity == ERROR
    assert different.where == [f"{audio_folder}/c.wav = {audio_folder}/d.wav"]
    assert same.severity == WARNING
    assert same.where == [f"{audio_folder}/a.wav = {audio_folder}/b.wav"]


def test_recordings_to_convert_are_counted_unless_they_are_converted(tmp_path):
    for name in ("a.wav", "b.wav"):
        write(tmp_path / name, noise(0.2 + (name == "b.wav") / 10))
    for name in ("a.m4a", "c.m4a", "d.M4A", "e.webm", "f.txt"):
        (tmp_path / name).touch()
    report = check(tmp_path)
    (finding,) = report.findings
    assert finding.severity == WARNING
    assert "(2 m4a, 1 webm). Convert them to wav, each by ffmpeg -i NAME.m4a" in finding.message
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
