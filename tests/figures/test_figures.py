from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from ser_utils import evaluation, figures, labels, metrics
from ser_utils.embeddings import invariance
from ser_utils.lessons import two_moons


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def texts(figure) -> str:
    return " ".join(text.get_text() for text in figure.findobj(plt.Text))


def test_every_emotion_has_a_colour_of_its_own():
    assert set(figures.EMOTION_COLOURS) == {*labels.EMOTIONS, figures.UNKNOWN}
    assert len(set(figures.EMOTION_COLOURS.values())) == len(figures.EMOTION_COLOURS)


def test_show_carries_a_text_alternative_and_closes(monkeypatch):
    shown = []
    monkeypatch.setattr(
        "IPython.display.display", lambda thing, **options: shown.append((thing, options))
    )
    figure = plt.figure()
    figures.show(figure, "What it shows.")
    assert shown[0] == (figure, {"metadata": {"image/png": {"alt": "What it shows."}}})
    assert "What it shows." in shown[1][0].data
    assert not plt.fignum_exists(figure.number)


def test_utterances_mark_the_pitch_of_a_tone():
    """A harmonic tone of 200 Hz: the contour lies at 200 Hz, and nothing is drawn in silence."""
    time = np.arange(16_000) / 16_000
    tone = sum(np.sin(2 * np.pi * 200 * k * time) / k for k in range(1, 6)).astype(np.float32) / 5
    pitch = figures.pitch_contour(tone)
    assert np.nanmedian(pitch) == pytest.approx(200, rel=0.02)
    figure = figures.utterances({"one": tone, "two": tone[:8000]})
    assert [ax.get_title() for ax in figure.axes[:2]] == ["one", "two"]
    drawn = figure.axes[4].lines[0]
    assert figure.axes[4].get_ylabel() == "pitch F0 (Hz)"
    assert np.nanmedian(drawn.get_ydata()) == pytest.approx(200, rel=0.02)
    assert drawn.get_xdata()[-1] == pytest.approx(1.0, abs=0.02)


def test_confusions_show_shares_counts_and_recall():
    figure = figures.confusions({"target": np.array([[30, 10], [5, 5]])}, ("low", "high"))
    assert "target\nUAR 62.5 %" in texts(figure)
    assert "75 %\n(30)" in texts(figure)
    assert "50 %\n(5)" in texts(figure)


def test_class_balance_bars_are_the_shares():
    table = pd.DataFrame({"emotion": ["anger"] * 3 + ["sadness"]})
    figure = figures.class_balance(labels.balance(table, "arousal"))
    widths = {bar.get_width() for bar in figure.axes[0].patches}
    assert widths == {0.25, 0.75}


def test_embedding_draws_each_language_by_its_marker_and_each_emotion_by_its_colour(toy_pair):
    pair = toy_pair()
    n = len(pair.source) + len(pair.evaluation)
    figure = figures.embedding({"raw": np.random.default_rng(0).normal(size=(n, 2))}, pair)
    by_language, by_emotion = figure.axes
    assert [len(points.get_offsets()) for points in by_language.collections] == [
        len(pair.source),
        len(pair.evaluation),
    ]
    drawn = [to_hex(colour) for colour in by_emotion.collections[0].get_facecolors()]
    expected = pair.source.table["emotion"].map(figures.EMOTION_COLOURS).str.lower().tolist()
    assert drawn == expected


def test_embedding_draws_utterances_that_have_ratings_only_in_grey(toy_pair):
    pair = toy_pair()
    emotions = pair.source.table["emotion"].where(pair.source.table.index > 0, labels.NO_EMOTION)
    pair = replace(
        pair, source=replace(pair.source, table=pair.source.table.assign(emotion=emotions))
    )
    n = len(pair.source) + len(pair.evaluation)
    by_emotion = figures.embedding({"raw": np.zeros((n, 2))}, pair).axes[1]
    drawn = [to_hex(colour) for colour in by_emotion.collections[0].get_facecolors()[:2]]
    assert drawn == ["#bbbbbb", figures.EMOTION_COLOURS[emotions[1]].lower()]
    names = [text.get_text() for text in by_emotion.get_legend().get_texts()]
    assert names == ["anger", "happiness", "neutral", "sadness", "unknown"]


def test_several_source_languages_are_one_domain_with_the_names_of_all(toy_pair):
    pair = toy_pair(languages=("en", "it", "de"))
    n = len(pair.source) + len(pair.evaluation)
    by_language, _ = figures.embedding({"raw": np.zeros((n, 2))}, pair).axes
    names = [text.get_text() for text in by_language.get_legend().get_texts()]
    assert names == ["English + Italian", "German"]


def test_decision_boundary_is_where_the_probability_is_one_half():
    pair = two_moons.pair(n=20)
    figure = figures.decision_boundary(pair, {"right half": lambda x: 1.0 * (x[:, 0] > 0.25)})
    line = figure.axes[0].collections[1].get_paths()[0].vertices
    np.testing.assert_allclose(line[:, 0], 0.25, atol=0.03)


def test_training_curves_leave_out_what_a_system_does_not_have():
    baseline = pd.DataFrame({"emotion_loss": [1.0, 0.5], "uar_held_out": [0.5, 0.6]}, index=[1, 2])
    dann = baseline.assign(domain_loss=0.7, domain_accuracy=0.5, **{"lambda": [0.0, 1.0]})
    figure = figures.training_curves({"baseline": baseline, "DANN": dann})
    named = [
        [line.get_label() for line in ax.lines if line.get_label()[0] != "_"]
        for ax in figure.axes
        if ax.lines
    ]
    assert named == [["baseline", "DANN"]] * 2 + [["DANN"]] * 3


def test_training_curves_mark_the_chance_of_two_domains_or_the_one_recorded():
    two = pd.DataFrame({"domain_loss": [0.9, 0.7], "domain_accuracy": [0.6, 0.5]}, index=[1, 2])
    three = two.assign(domain_loss_at_chance=[1.0, 1.1])
    figure = figures.training_curves({"two": two, "three": three})
    dashed = [
        sorted(line.get_ydata()[0] for line in ax.lines if line.get_linestyle() == "--")
        for ax in figure.axes[:2]
    ]
    assert dashed == [pytest.approx([np.log(2), 1.05]), [0.5]]


def test_schedule_draws_what_it_says():
    figure = figures.schedule(gamma=4, max_lambda=0.5)
    curve = figure.axes[0].lines[-1].get_ydata()
    assert curve[0] == 0
    assert curve[-1] == pytest.approx(0.5 * (2 / (1 + np.exp(-4)) - 1))
    assert "γ = 4, largest λ = 0.5" in texts(figure)


def test_comparison_draws_values_and_intervals_in_percent(toy_pair):
    estimates = [
        metrics.Estimate(*x) for x in ((0.6, 0.5, 0.7), (0.65, 0.6, 0.7), (0.05, -0.01, 0.1))
    ]
    result = evaluation.Comparison(toy_pair(), *estimates, 0.5, 0.8, 0.8)
    figure = figures.comparison(result)
    assert {"60.0", "65.0", "5.0"} <= set(texts(figure).split())


def test_intervals_are_in_percent_and_mark_zero_if_told():
    estimates = {"one": metrics.Estimate(0.05, -0.01, 0.1), "two": metrics.Estimate(0, 0, 0)}
    figure = figures.intervals(estimates, "gain", zero="no difference")
    assert {"5.0", "0.0"} <= set(texts(figure).split())
    assert "dashed: no difference" in texts(figure)
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["one", "two"]
    assert "dashed" not in texts(figures.intervals(estimates, "gain"))


def test_activations_are_drawn_on_common_axes_with_their_means():
    rng = np.random.default_rng(0)
    panels = {name: (rng.normal(size=50), rng.normal(i, 1, 60)) for i, name in enumerate("abc")}
    figure = figures.activations(panels, ("English", "German"), columns=2)
    drawn = [ax for ax in figure.axes if ax.get_title()]
    assert [ax.get_title() for ax in drawn] == ["a", "b", "c"]
    assert len({ax.get_xlim() for ax in drawn}) == 1
    means = [line.get_xdata()[0] for line in drawn[2].lines]
    np.testing.assert_allclose(means, [panels["c"][0].mean(), panels["c"][1].mean()])
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["English", "German"]


def test_activations_of_a_unit_that_never_fires_can_be_drawn():
    figures.activations({"dead": (np.zeros(5), np.zeros(5))})


def test_point_clouds_draw_each_row_once():
    pair = two_moons.pair(n=40)
    points = np.concatenate([pair.source.features, pair.evaluation.features])
    figure = figures.point_clouds({"before": points, "after": -points}, pair)
    for ax, sign in zip(figure.axes, (1, -1), strict=True):
        drawn = np.concatenate([c.get_offsets() for c in ax.collections])
        np.testing.assert_allclose(np.sort(drawn, axis=0), np.sort(sign * points, axis=0))


def test_invariance_draws_every_measure_beside_chance():
    names = list(figures.MEASURE_PANELS)
    assert names == [name for of_subject in invariance.MEASURES.values() for name in of_subject]
    rng = np.random.default_rng(0)
    index = ["raw features", "DANN", "collapsed", "chance"]
    table = pd.DataFrame(rng.uniform(0, 1, (4, len(names))), index, names)
    table.loc["DANN", "mmd2"] = -0.01
    figure = figures.invariance(table)
    panels = dict(zip(names, (ax for ax in figure.axes if ax.patches), strict=True))
    for name, ax in panels.items():
        assert [bar.get_height() for bar in ax.patches] == pytest.approx(table[name][:3].tolist())
        assert [line.get_ydata()[0] for line in ax.lines] == [table.loc["chance", name]]
        low, high = ax.get_ylim()
        assert low <= table[name].min()
        assert table[name].max() < high
    colours = [to_hex(bar.get_facecolor()).upper() for bar in panels["mmd2"].patches]
    assert colours[:2] == [figures.RAW_COLOUR, figures.SYSTEM_COLOURS["DANN"]]
    assert len(set(colours)) == 3
    assert [text.get_text() for text in figure.legends[0].get_texts()] == index[:3]
    starred = [name for name, ax in panels.items() if "*" in ax.get_title()]
    assert starred == [name for name in names if name.startswith("descriptive")]
