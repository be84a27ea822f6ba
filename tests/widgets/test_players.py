import base64
import io
import re

import numpy as np
import soundfile

from ser_utils import widgets


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
