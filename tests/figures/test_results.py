import itertools

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import QuadMesh
from matplotlib.ticker import ScalarFormatter

from ser_utils.errors import ResultsError
from ser_utils.experiments import summary
from ser_utils.figures import results


@pytest.fixture
def table() -> pd.DataFrame:
    """Rows of `summary.table`, with a gain of their own each: three corpora, two compositions."""
    pairs = [*itertools.permutations(["emodb", "emovo", "ravdess"], 2), ("mean", "mean")]
    lines = []
    for i, (task, norm, statistics, (source, target)) in enumerate(
        itertools.product(
            ["arousal", "mean"], ["none", "source"], ["running", "target"], reversed(pairs)
        )
    ):
        gain = (i - 20) / 200
        line = {"task": task, "normalise": "dataset", "batch_norm": norm, "statistics": statistics}
        line |= {"features": "egemaps", "protocol": "inductive", "source": source, "target": target}
        line |= {"baseline": 0.6, "dann": 0.6 + gain, "gain": gain}
        line |= {"gain_low": gain - 0.03, "gain_high": gain + 0.02}
        wide = (gain - 0.06, gain + 0.05) if source == "mean" else (np.nan, np.nan)
        lines.append(line | dict(zip(("gain_low_pairs", "gain_high_pairs"), wide, strict=True)))
    return pd.DataFrame(lines)


@pytest.fixture
def running(table) -> pd.DataFrame:
    return table[table["statistics"] == "running"]


def texts(figure) -> str:
    return "\n".join(text.get_text() for text in figure.findobj(plt.Text))


def assert_nothing_overlaps(figure) -> None:
    """No two texts of the figure lie upon each other, and none leaves it.

    But for numbers along an axis, which exist, undrawn, beyond its ends too.
    """
    figure.canvas.draw()
    numeric = [axis for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)]
    numeric = [axis for axis in numeric if isinstance(axis.major.formatter, ScalarFormatter)]
    numbers = {label for axis in numeric for label in axis.get_ticklabels()}
    shown = [t for t in figure.findobj(plt.Text) if t.get_text().strip() and t.get_visible()]
    shown = [text for text in shown if text not in numbers]
    boxes = [text.get_window_extent().shrunk(0.9, 0.8) for text in shown]
    for (one, box), (other, second) in itertools.combinations(zip(shown, boxes, strict=True), 2):
        assert not box.overlaps(second), f"{one.get_text()!r} is upon {other.get_text()!r}"
    width, height = figure.get_size_inches() * figure.dpi
    for text, box in zip(shown, boxes, strict=True):
        inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height
        assert inside, f"{text.get_text()!r} is cut off"


def mesh(ax) -> np.ndarray:
    """Values of a heat map, (rows, columns), masked where they are missing."""
    (drawn,) = (c for c in ax.collections if isinstance(c, QuadMesh))
    return drawn.get_array()


def test_forest_draws_every_gain_at_its_name_with_its_interval(running):
    figure = results.forest(running)
    ax = figure.axes[0]
    rows = running[(running["task"] == "arousal") & (running["batch_norm"] == "none")]
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names[0] == "emodb → emovo"
    assert names[-1] == "mean"
    caps = {cap for container in ax.containers for cap in container[1]}
    dots = [line for line in ax.lines if line.get_marker() in ("o", "|") and line not in caps]
    drawn = {names[int(y)]: x / 100 for line in dots for x, y in line.get_xydata()}
    expected = {
        "mean" if row.source == "mean" else f"{row.source} → {row.target}": row
        for row in rows.itertuples()
    }
    assert drawn == pytest.approx({name: row.gain for name, row in expected.items()})
    of_pairs, of_mean, with_pairs = (
        [segment for bars in container[2] for segment in bars.get_segments()]
        for container in ax.containers
    )
    assert len(of_pairs) == 6
    for segment in (*of_pairs, *of_mean):
        row = expected[names[int(segment[0, 1])]]
        assert segment[:, 0] == pytest.approx([100 * row.gain_low, 100 * row.gain_high])
    mean = expected["mean"]
    assert with_pairs[0][:, 0] == pytest.approx(
        [100 * mean.gain_low_pairs, 100 * mean.gain_high_pairs]
    )


def test_forest_has_a_panel_a_task_and_composition_and_names_the_conditions(running):
    figure = results.forest(running)
    titles = [ax.get_title() for ax in figure.axes]
    assert titles == [
        f"{task}\nbatch norm {norm}"
        for task in ("arousal", "mean over tasks")
        for norm in ("none", "source")
    ]
    shown = texts(figure)
    assert "dataset normalisation, running statistics, egemaps, inductive" in shown
    assert f"the paper's average: +{summary.PAPER_GAIN}" in shown
    at = {line.get_xdata()[0] for line in figure.axes[0].lines if len(set(line.get_xdata())) == 1}
    assert {0, summary.PAPER_GAIN} <= at


@pytest.mark.parametrize("name", ["forest", "composition_heat_maps"])
def test_gains_without_interval_have_neither_bar_nor_mark_and_are_noted(running, name):
    draw, said = getattr(results, name), "No interval: fewer than 3 speakers in emovo."
    assert said not in texts(draw(running))
    missing = running["target"].isin(["emovo", "mean"])
    bounds = ["gain_low", "gain_high"]
    few = running.assign(gain=0.1, **{b: running[b].mask(missing, np.nan) for b in bounds})
    figure = draw(few)
    assert said in texts(figure)
    assert_nothing_overlaps(figure)
    if name == "forest":
        of_pairs, of_mean, _ = figure.axes[0].containers
        drawn = [len(s) for c in (*of_pairs[2], *of_mean[2]) for s in c.get_segments()]
        assert np.count_nonzero(drawn) == 4  # of six pairs and their mean


def test_forest_bears_an_interval_that_does_not_hold_its_value(running):
    running = running.assign(gain_low=running["gain"] + 0.01, gain_high=running["gain"] + 0.02)
    assert results.forest(running).axes


def test_marks_stand_where_the_interval_excludes_zero(table):
    gains = {-0.04: "-4.0*", -0.01: "-1.0", 0.02: "+2.0", 0.04: "+4.0*", 0.1: "+10.0**"}
    for gain, text in gains.items():
        bounds = {"gain_low": gain - 0.03, "gain_high": gain + 0.02}
        bounds |= {"gain_low_pairs": gain - 0.06, "gain_high_pairs": gain + 0.05}
        rows = table[(table["source"] == "mean") & (table["task"] == "arousal")]
        figure = results.composition_heat_maps(rows.assign(gain=gain, **bounds))
        assert {t.get_text() for t in figure.axes[1].texts} == {text}


def test_composition_heat_maps_hold_systems_by_statistics_beside_their_gain(table):
    kept = ~((table["batch_norm"] == "none") & (table["statistics"] == "target"))
    figure = results.composition_heat_maps(table[kept])
    scores, gains = figure.axes[:2]
    assert scores.get_title() == "arousal, dataset normalisation"
    assert "egemaps, inductive" in texts(figure)
    assert [label.get_text() for label in scores.get_xticklabels()] == [
        f"{name}\n{system}" for name in ("running", "target") for system in ("baseline", "DANN")
    ]
    assert [label.get_text() for label in scores.get_yticklabels()] == ["none", "source"]
    means = table[(table["source"] == "mean") & (table["task"] == "arousal")]
    means = means.set_index(["batch_norm", "statistics"])
    for i, norm in enumerate(("none", "source")):
        for j, name in enumerate(("running", "target")):
            if (norm, name) == ("none", "target"):
                assert mesh(scores).mask[i, 2 * j : 2 * j + 2].all()
                assert mesh(gains).mask[i, j]
                continue
            line = means.loc[(norm, name)]
            assert list(mesh(scores)[i, 2 * j : 2 * j + 2]) == pytest.approx(
                [100 * line["baseline"], 100 * line["dann"]]
            )
            assert mesh(gains)[i, j] == pytest.approx(line["gain"])
    shown = means.drop(("none", "target"))
    uar, gain = 100 * shown[["baseline", "dann"]], 100 * shown["gain"]
    told = figure.get_label()
    assert f"UAR from {uar.min(axis=None):.1f} % (" in told
    assert f"gains from {gain.min():+.1f} points (" in told
    assert f" to {gain.max():+.1f} points ({', '.join(gain.idxmax())})" in told


@pytest.mark.parametrize("name", ["forest", "composition_heat_maps"])
@pytest.mark.parametrize("prefix", ["", "synthetic-"])
def test_nothing_overlaps(running, name, prefix):
    longer = {corpus: prefix + corpus for corpus in ("emodb", "emovo", "ravdess")}
    tables = [running.replace(longer)]
    tables.append(tables[0][(running["task"] == "arousal") & (running["batch_norm"] == "none")])
    for table in tables:
        assert_nothing_overlaps(getattr(results, name)(table))


def test_a_combination_that_was_not_run_is_an_empty_panel(running):
    kept = ~((running["task"] == "mean") & (running["batch_norm"] == "source"))
    _, _, _, empty = results.forest(running[kept]).axes
    marks = [line for line in empty.lines if line.get_marker() in ("o", "|")]
    assert marks
    assert not any(len(line.get_xdata()) for line in marks)


def test_conditions_are_not_mixed(table):
    with pytest.raises(ResultsError, match=r"one statistics, but the table has running, targ"):
        results.forest(table)
    with pytest.raises(ResultsError, match=r"one features, but the table has no rows"):
        results.composition_heat_maps(table[table["source"] != "mean"])


def test_sensitivity_draws_the_gain_and_its_interval_over_the_values_of_each_setting():
    rows = [
        (setting, value, value == 1, task, "none", *np.array([0, -1, 2]) / 100 + value / 100)
        for setting in ("max_lambda", "adversary_learning_rate")
        for value in (0.1, 1, 3)
        for task in ("arousal", "valence")
    ]
    gain = [f"oracle_gain{end}" for end in ("", "_low", "_high")]
    columns = ["setting", "value", "usual", "task", "batch_norm", *gain]
    figure = results.sensitivity(pd.DataFrame(rows, columns=columns))
    assert_nothing_overlaps(figure)
    assert len(figure.axes) == 4
    (bars,) = figure.axes[0].containers
    np.testing.assert_allclose(bars.lines[0].get_ydata().astype(float), [0.1, 1, 3])
    (segments,) = (line.get_segments() for line in bars.lines[2])
    np.testing.assert_allclose([s[:, 1] for s in segments], [[-0.9, 2.1], [0, 3], [2, 5]])
    (usual,) = (line for line in figure.axes[0].lines if line.get_linestyle() == ":")
    assert usual.get_xdata()[0] == 1
    assert [label.get_text() for label in figure.axes[2].get_xticklabels()] == ["0.1", "1", "3"]


def test_normalisation_by_speaker_is_drawn_by_the_number_of_utterances():
    few = [(k, drawn) for drawn in ("any", "oracle_one_class") for k in ("2", "8", "all")]
    conditions = [("source", "all", "any"), ("dataset", "all", "any")]
    conditions += [("speaker", *of) for of in few]
    gains = np.array([-0.05, 0, -0.1, 0, 0.04, -0.2, -0.1, 0.01])
    rows = [
        (task, *condition, gain, gain - 0.01, gain + 0.02)
        for task in ("arousal", "valence", "mean")
        for condition, gain in zip(conditions, gains, strict=True)
    ]
    gain = [f"over_dataset{end}" for end in ("", "_low", "_high")]
    columns = ["task", "normalise", "utterances", "drawn", *gain]
    figure = results.speaker_utterances(pd.DataFrame(rows, columns=columns))
    assert_nothing_overlaps(figure)
    assert [ax.get_title() for ax in figure.axes] == ["arousal", "valence", "mean over tasks"]
    for ax in figure.axes:
        for bars, expected in zip(ax.containers, ([-10, 0, 4], [-20, -10, 1]), strict=True):
            np.testing.assert_allclose(bars.lines[0].get_ydata().astype(float), expected)
            (segments,) = (line.get_segments() for line in bars.lines[2])
            np.testing.assert_allclose(
                [s[:, 1] for s in segments], np.add.outer(expected, [-1, 2]), atol=1e-9
            )
        (source,) = (line for line in ax.lines if line.get_linestyle() == ":")
        assert source.get_ydata()[0] == -5
        assert [label.get_text() for label in ax.get_xticklabels()] == ["2", "8", "all"]


def test_overview_is_of_compositions_where_statistics_vary_and_of_gains_elsewhere(table, running):
    assert "statistics at evaluation" in texts(results.overview(table))
    assert "Gain of DANN over the baseline" in texts(results.overview(running))


def test_validators_are_drawn_over_all_pairs_and_without_each_target():
    columns = ["left_out", "validator", "oracle_rank_correlation", "oracle_loss"]
    lines = [
        ("none", "rule", 0.3, 0.02),
        ("none", "random", 0.0, 0.03),
        ("de", "rule", 0.2, 0.01),
        ("de", "random", 0.0, 0.05),
    ]
    figure = results.validators(pd.DataFrame(lines, columns=columns))
    for ax, column, factor in zip(figure.axes, columns[2:], (1, 100), strict=True):
        without, whole = (line.get_xdata() for line in ax.lines[:2])
        values = [factor * line[columns.index(column)] for line in lines]
        assert list(whole) == pytest.approx(values[:2])
        assert list(without) == pytest.approx(values[2:])
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["rule", "random"]
    assert "(points): rule 2.00, random 3.00." in figure.get_label()
