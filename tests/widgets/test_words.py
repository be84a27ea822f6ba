import base64
import io
import re

import numpy as np
import soundfile

from ser_utils import widgets
from ser_utils.widgets import words


def test_a_prediction_is_written_with_its_probability(maps):
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
