import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from ser_utils import audio, datasets
from ser_utils.__main__ import main
from ser_utils.datasets import audit
from ser_utils.datasets.audit import reading
from ser_utils.datasets.audit.findings import ERROR, WARNING
from ser_utils.errors import CorpusError, MissingCorpusError, SettingError, UnknownNameError

RATE = 16_000


def noise(seconds=0.5, seed=0, rate=RATE):
    return np.random.default_rng(seed).uniform(-0.5, 0.5, round(seconds * rate))


def write(path, samples=None, rate=RATE, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, noise() if samples is None else samples, rate, **options)
    return str(path)


def check(given):
    return audit.check(given, progress=False)


def messages(report, severity):
    return [finding.message for finding in report.findings if finding.severity == severity]


# One file -------------------------------------------------------------------------------------


def test_a_file_is_described(tmp_path):
    path = write(tmp_path / "a.flac", np.stack([noise(), noise(seed=1)], axis=1), 48_000)
    row = reading.inspect(path)
    assert row["error"] is None
    assert row["seconds"] == 24_000 / 3 / 48_000
    assert [row[key] for key in ("sampling_rate", "channels")] == [48_000, 2]
    assert row["format"] == "FLAC PCM_16"
    assert row["clipped"] is False
    assert row["silent"] == 0


@pytest.mark.parametrize(
    ("samples", "clipped"),
    [
        ([1, 1, 1], True),
        ([-1, -1, -1], True),
        ([1, -1, 1], True),
        ([1, 1, 0.9, 1, 1], False),
        ([0.99, 0.99, 0.99], False),
        ([1.5, 2, 3], True),
    ],
)
@pytest.mark.parametrize("channel", [0, 1, 2])
@pytest.mark.parametrize("start", [0, 4_000, -5])
def test_clipping_is_a_run_at_full_scale_in_a_channel(tmp_path, samples, clipped, channel, start):
    recording = np.stack([noise(seed=seed) for seed in range(3)], axis=1)
    recording[start:, channel][: len(samples)] = samples
    path = write(tmp_path / "a.wav", recording, subtype="FLOAT")
    assert reading.inspect(path)["clipped"] is clipped


def test_full_scale_in_turns_of_two_channels_is_no_run(tmp_path):
    recording = np.zeros((4_000, 2)) + noise(0.25)[:, None]
    recording[:6:2, 0] = recording[1:6:2, 1] = 1
    assert reading.inspect(write(tmp_path / "a.wav", recording))["clipped"] is False


def test_the_last_block_of_many_channels_is_short(tmp_path):
    path = write(tmp_path / "a.wav", np.ones((3_001, 6)) * noise(3_001 / RATE)[:, None])
    assert reading.inspect(path)["clipped"] is False
    assert not reading.clips(np.ones((1, 6)))


def test_silent_share_is_of_frames_of_10_ms(tmp_path):
    recording = noise(0.5)
    recording[:3_200] = 0.9 * audio.SILENCE
    path = write(tmp_path / "a.wav", recording, subtype="FLOAT")
    assert reading.inspect(path)["silent"] == pytest.approx(0.2 / 0.5)


def test_digest_is_of_the_decoded_samples(tmp_path):
    def digest(name, *arguments, **options):
        return reading.inspect(write(tmp_path / name, *arguments, **options))["sha256"]

    integers = (32_767 * noise()).astype(np.int16)
    once = digest("a.wav", integers)
    assert digest("b.flac", integers) == digest("b.aiff", integers) == once
    others = [
        digest("c.wav", integers, 8_000),
        digest("d.wav", integers[::-1]),
        digest("e.wav", np.stack([integers] * 2, axis=1)),
        digest("f.wav", integers[:-1]),
    ]
    assert len({once, *others}) == 5


def test_what_audio_read_refuses_is_an_error(tmp_path):
    path = write(tmp_path / "silent.wav", np.zeros(RATE))
    row = reading.inspect(path)
    assert "is silent" in row["error"]
    assert row["seconds"] == 1
    assert row["sha256"] is None


# A corpus -------------------------------------------------------------------------------------


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

ROW = {
    "dataset": "mine",
    "language": "el",
    "speaker": "mine-1",
    "gender": "female",
    "emotion": "anger",
    "sentence": "",
    "intensity": "",
}


@pytest.fixture
def table(tmp_path):
    """Write a table of utterances, of which rows differ as given, and its recordings."""

    def make(*rows, suffix="csv", without=()):
        rows = [ROW | {"path": f"audio/{i}.wav"} | row for i, row in enumerate(rows)]
        for i, row in enumerate(rows):
            if not (tmp_path / row["path"]).exists():
                write(tmp_path / row["path"], noise(0.2 + i / 10, i))
        frame = pd.DataFrame(rows).drop(columns=list(without))
        path = tmp_path / f"table.{suffix}"
        frame.to_csv(path, index=False) if suffix == "csv" else frame.to_parquet(path)
        return path

    return make


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


# What can be checked --------------------------------------------------------------------------


@pytest.fixture
def emodb(ser_data):
    """Two utterances, and a file of another name."""
    for seed, stem in enumerate(["03a01Wa", "08a01Ta", "noise"]):
        write(ser_data / f"emodb/wav/{stem}.wav", noise(0.2 + seed / 10, seed))
    return ser_data / "emodb"


def test_a_known_corpus_by_name_or_folder(emodb, monkeypatch):
    by_name = check("emodb")
    assert by_name.table["emotion"].tolist() == ["anger", "sadness"]
    (warning,) = messages(by_name, WARNING)
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
def test_real_corpora():
    report = check("ravdess")
    assert len(report.files) == len(report.table) == 1440
    assert messages(report, ERROR) == []
    assert report.sections()["speakers"].loc["all", "all"] == 1440
    assert report.files["error"].isna().all()


# Reports --------------------------------------------------------------------------------------


@pytest.fixture
def hostile(tmp_path):
    """A folder with six bad files whose names do harm where they are not escaped."""
    folder = tmp_path / "bad"
    folder.mkdir()
    names = ["<script>", "愤怒", "a\nb", "\x1b[31m", "{x}", "6"]
    for name in names:
        try:
            (folder / f"{name}.wav").write_text("no recording")
        except OSError:
            pytest.skip("a file system that does not take such names")
    return folder


def test_text_names_some_files_in_lines(hostile):
    lines = check(hostile).text().splitlines()
    assert lines[0].endswith("errors: 1, warnings: 0")
    assert lines[2] == "error: files that cannot be used: 6"
    assert [line[:2] for line in lines[3:]] == ["  "] * 6
    assert lines[-1] == "  and 1 more, which --html and --json list"
    assert all(line.isprintable() for line in lines)


def test_page_names_all_files_and_runs_none(hostile):
    page = check(hostile).html()
    assert page.encode("utf-8")
    assert page.count("<li>") == 6
    assert "<script>" not in page
    assert "&lt;script&gt;.wav" in page
    assert "愤怒.wav" in page


def test_json_names_files_as_they_are(hostile):
    report = json.loads(check(hostile).json())
    assert {os.path.basename(file["path"]) for file in report["files"]} == set(os.listdir(hostile))
    assert report["severity"] == ERROR


def test_json_and_page_hold_the_counts(table):
    def refuse(constant):
        raise ValueError(f"{constant} is no JSON")

    given = check(table({"seconds": 1, "sha256": "x"}, {"speaker": "<b>"}))
    report = json.loads(given.json(), parse_constant=refuse)
    assert report["utterances"] == 2
    assert report["hours"] == pytest.approx((0.2 + 0.3) / 3600)
    assert report["speakers"][1] == {"speaker": "mine-<b>", "anger": 1, "all": 1}
    assert report["formats"] == [
        {"sampling_rate": RATE, "channels": 1, "format": "WAV PCM_16", "files": 2}
    ]
    assert report["files"][0]["sampling_rate"] == RATE
    assert "<th>mine-&lt;b&gt;</th>" in given.html()


@pytest.mark.parametrize(
    ("samples", "status"), [(noise(), 0), (np.clip(4 * noise(), -1, 1), 1), (np.zeros(RATE), 2)]
)
def test_command(tmp_path, capsys, samples, status):
    write(tmp_path / "audio/a.wav", samples)
    files = [tmp_path / "report.html", tmp_path / "report.json"]
    arguments = ["check", str(tmp_path / "audio"), "--html", str(files[0]), "--json", str(files[1])]
    assert main(arguments) == status
    assert capsys.readouterr().out.startswith(f"{tmp_path}/audio: 1 utterances")
    assert files[0].read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert json.loads(files[1].read_text())["severity"] == status


def test_command_refuses_mistakes_in_a_line(tmp_path, capsys, ser_data):
    assert main(["check", "emobd"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_terminal_that_lacks_the_letters(hostile):
    process = subprocess.run(
        [sys.executable, "-m", "ser_utils", "check", hostile.rename(hostile.with_name("愤怒"))],
        env={
            **os.environ,
            "PYTHONIOENCODING": "ascii",
            "PYTHONPATH": str(Path(datasets.__file__).parents[2]),
        },
        capture_output=True,
    )
    assert process.returncode == ERROR
    assert b"\\u6124\\u6012: 6 utterances" in process.stdout
