import base64
import io
import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import soundfile

from ser_utils import figures, widgets


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


def test_sliders_redraw_the_schedule_and_leave_no_figure_open(monkeypatch):
    drawn = []
    original = figures.schedule
    monkeypatch.setattr(
        figures,
        "schedule",
        lambda **settings: drawn.append(tuple(settings.values())) or original(**settings),
    )
    box = widgets.schedule_slider()
    gamma, height, _ = box.children
    gamma.value = 3.0
    height.value = 0.5
    assert drawn == [(10.0, 1.0), (3.0, 1.0), (3.0, 0.5)]
    assert not plt.get_fignums()


def test_the_stepper_draws_what_is_chosen_and_leaves_no_figure_open(monkeypatch):
    drawn = []
    original = figures.activations
    monkeypatch.setattr(
        figures, "activations", lambda panels, names: drawn.extend(panels) or original(panels)
    )
    panels = {
        (composition, system): {f"{composition} {system}": (np.arange(5.0), np.arange(6.0))}
        for composition in ("none", "joint")
        for system in ("baseline", "DANN")
    }
    composition, system, _ = widgets.composition_stepper(panels, ("English", "German")).children
    composition.value = "joint"
    system.value = "DANN"
    assert drawn == ["none baseline", "joint baseline", "joint DANN"]
    assert not plt.get_fignums()


def test_the_slider_of_lambda_writes_out_the_scores_of_its_training(monkeypatch):
    drawn = []
    original = figures.sweep
    monkeypatch.setattr(
        figures, "sweep", lambda table, at: drawn.append(original(table, at)) or drawn[-1]
    )
    index = pd.Index([0.0, 0.3, 1.0], name="largest λ")
    scores = {
        "source UAR": [0.8, 0.78, 0.7],
        "probe": [1, 0.9, 0.8],
        "target UAR": [0.6, 0.655, 0.5],
    }
    scores = pd.DataFrame(scores, index)
    slider, _ = widgets.lambda_slider(scores).children
    slider.value = 1
    assert slider.label == "0.3"
    titles = [figure.axes[0].get_title(loc="left") for figure in drawn]
    assert titles == [
        "source UAR 80.0 %\nprobe 100.0 %\ntarget UAR 60.0 %",
        "source UAR 78.0 %\nprobe 90.0 %\ntarget UAR 65.5 %",
    ]
    assert not plt.get_fignums()
