import base64
import io
import re

import numpy as np
import soundfile

from ser_utils import labels, widgets
from ser_utils.widgets import words


def texts(html: str) -> list[str]:
    return [text for text in re.split(r"<[^>]*>", html) if text]


def test_an_utterance_is_described_with_what_each_system_makes_of_it(maps):
    row = len(maps.pair.source)
    utterance = maps.table.iloc[row]
    shown = texts(words.described(maps, row))
    facts = dict(zip(shown[::2], shown[1::2], strict=True))
    assert facts["target"] == "German, " + utterance["dataset"]
    assert facts["speaker"].startswith(utterance["speaker"])
    assert facts["emotion"].endswith(utterance["emotion"])
    assert facts["arousal"] == utterance["true"]
    for title, system in maps.systems.items():
        p = system.probabilities[row]
        mark = "✓" if maps.predicted(title)[row] == utterance["true"] else "✗"
        assert facts[title] == f"{maps.predicted(title)[row]}, {100 * p.max():.0f} % {mark}"


def test_an_utterance_that_has_ratings_only_has_an_unknown_emotion(maps):
    maps.table.loc[0, "emotion"] = labels.NO_EMOTION
    assert "<td>unknown</td>" in words.described(maps, 0)


def test_what_a_table_says_cannot_be_markup(maps):
    maps.table.loc[0, "speaker"] = "<script>alert(1)</script>"
    assert "<script>" not in words.described(maps, 0)


def test_a_prediction_without_a_known_class_is_neither_right_nor_wrong(maps):
    assert words.verdict(maps, np.array([0.254, 0.746])) == "high, 75 %"


def test_an_utterance_is_heard_as_it_was_recorded(maps):
    samples = maps.samples(3)
    sound, rate = soundfile.read(io.BytesIO(words.as_wav(samples)))
    assert rate == 16_000
    assert np.abs(sound - samples).max() < 1 / 2**15


def test_players_hold_the_sound_they_name():
    tone = np.sin(np.arange(8000) / 5).astype(np.float32)
    html = widgets.players({"English, anger": tone, "German, anger": tone[:4000]}).data
    assert html.index("English, anger") < html.index("German, anger")
    recordings = re.findall(r"data:audio/wav;base64,([^\"]+)", html)
    lengths = []
    for recording in recordings:
        samples, rate = soundfile.read(io.BytesIO(base64.b64decode(recording)))
        assert rate == 16_000
        lengths.append(len(samples))
    assert lengths == [8000, 4000]
