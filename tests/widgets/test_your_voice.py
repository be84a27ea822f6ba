import html
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import pytest

from ser_utils import audio, figures, prediction
from ser_utils.errors import AudioError
from ser_utils.widgets import words, your_voice
from ser_utils.widgets.your_voice import YourVoice, hear, read_upload


def upload(voice, file: Path) -> None:
    """Do what the browser does when a reader has chosen a file."""
    content = file.read_bytes()
    uploaded = {"name": file.name, "type": "", "size": len(content), "content": memoryview(content)}
    uploaded["last_modified"] = datetime.now(UTC)
    voice.upload.value = (uploaded,)


def test_a_recording_of_the_target_is_heard_as_in_the_corpus(maps):
    row = len(maps.table) - 1
    samples = maps.samples(row)
    for name, system in maps.systems.items():
        probabilities, embedding = hear(maps, name, samples)
        assert np.allclose(probabilities, system.probabilities[row], atol=1e-5)
        assert np.allclose(embedding, system.embedding[row], atol=1e-5)
        assert system.nearest(embedding, 3)[0] == row


def test_an_upload_is_shown_with_its_neighbours_and_its_place(maps, monkeypatch):
    voice, drawn, close = YourVoice(maps), [], plt.close
    monkeypatch.setattr(plt, "close", lambda figure: drawn.append(figure) or close(figure))
    empty = voice.picture.value
    file = Path(maps.table["path"].iloc[-1])
    upload(voice, file)
    for system in maps.systems.values():
        assert words.verdict(maps, system.probabilities[-1]) in voice.message.value
    caveat = prediction.caveat(maps.systems["DANN"].trained)
    assert caveat.split(":")[0] in voice.message.value
    assert [box.children[0].value for box in voice.neighbours.children] == [
        "<b>nearest for baseline</b>",
        "<b>nearest for DANN</b>",
    ]
    nearest = voice.neighbours.children[0].children[2]
    assert nearest.value == words.as_wav(audio.read(file))
    (figure,) = drawn
    assert voice.picture.value == figures.style.as_png(figure) != empty
    for ax, (name, system) in zip(figure.axes, maps.systems.items(), strict=True):
        _, embedding = hear(maps, name, audio.read(file))
        star = ax.lines[0].get_xydata()[0]
        assert np.allclose(star, system.projection.place(embedding[None])[0])


def test_no_part_is_an_output_which_can_hang_an_executed_notebook(maps):
    def within(widget):
        return [
            widget,
            *(part for child in getattr(widget, "children", ()) for part in within(child)),
        ]

    voice = YourVoice(maps)
    voice.show(maps.samples(0))
    assert len(within(voice)) > 10
    assert not [part for part in within(voice) if isinstance(part, ipywidgets.Output)]
    assert not plt.get_fignums()


def test_a_file_that_is_no_recording_is_told_by_its_name(maps, tmp_path):
    voice = YourVoice(maps)
    (tmp_path / "no&lt;sound.wav").write_bytes(b"no sound")
    upload(voice, tmp_path / "no&lt;sound.wav")
    assert voice.message.value.startswith("<b>no&amp;lt;sound.wav: not a readable audio file")
    upload(voice, Path(maps.table["path"].iloc[0]))
    assert "is your recording" in voice.message.value


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("../../evil.wav", "evil.wav"),
        (r"C:\fakepath\memo.wav", "memo.wav"),
        ("memo\0\n\ud800.wav", "memo.wav"),
        ("aux.wav", "_aux.wav"),
        ("con", "_con"),
        ("a|b:c.w*av", "a_b_c.w_av"),
        ("..", "recording"),
        ("", "recording"),
        (300 * "a" + ".wav", 50 * "a" + ".wav"),
        (100 * "愤" + "." + 300 * "怒", 50 * "愤" + "." + 9 * "怒"),
    ],
)
def test_an_upload_may_have_any_name(name, told):
    with pytest.raises(AudioError, match=rf"^{told}: not a readable audio file"):
        read_upload(name, b"no sound")


#: How files of phones and browsers begin.
TO_CONVERT = {
    "m4a": b"\0\0\0\x20ftypM4A ",
    "mp4": b"\0\0\0\x20ftypisom",
    "3gp": b"\0\0\0\x18ftyp3gp4",
    "webm": b"\x1a\x45\xdf\xa3",
    "amr": b"#!AMR\n",
    "wma": b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",
    "aac": b"\xff\xf1\x50\x80",
}


def test_what_can_be_chosen_is_read_or_told_how_to_convert(maps, tmp_path):
    voice = YourVoice(maps)
    chosen = set(voice.upload.accept.split(","))
    assert {".wav", ".flac", ".ogg", ".mp3", ".opus", ".aiff"} <= chosen
    for suffix, beginning in TO_CONVERT.items():
        file = tmp_path / f"my memo.{suffix}"
        assert file.suffix in chosen
        file.write_bytes(beginning + bytes(4000))
        upload(voice, file)
        message = html.unescape(voice.message.value)
        assert message.startswith(f"<b>{file.name}: is ")
        assert f"Convert it to wav: ffmpeg -i '{file.name}' 'my memo.wav'" in message


def test_a_full_disk_is_told(maps, monkeypatch):
    def full(**options):
        raise OSError(28, "No space left on device")

    voice = YourVoice(maps)
    monkeypatch.setattr(your_voice.tempfile, "TemporaryDirectory", full)
    upload(voice, Path(maps.table["path"].iloc[0]))
    assert "No space left on device" in voice.message.value


def test_systems_that_need_the_speaker_say_so(maps):
    strangers = {
        name: replace(
            system,
            trained=replace(
                system.trained, settings=system.trained.settings | {"normalise": "speaker"}
            ),
        )
        for name, system in maps.systems.items()
    }
    voice = YourVoice(replace(maps, systems=strangers))
    upload(voice, Path(maps.table["path"].iloc[0]))
    assert "statistics of their speaker" in voice.message.value
    assert voice.neighbours.children == ()


def test_a_neighbour_that_has_vanished_is_named(maps, tmp_path):
    samples = maps.samples(0)
    maps.table["path"] = str(tmp_path / "gone.wav")
    voice = YourVoice(maps)
    voice.show(samples)
    assert "gone.wav" in voice.neighbours.children[0].children[2].value
