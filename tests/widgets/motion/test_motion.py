"""Frames of moving pictures are what Python computes directly."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
import torch

from ser_utils import figures, gradient_reversal, metrics
from ser_utils.lessons import two_moons
from ser_utils.lessons.headline import MOTION
from ser_utils.pages import outputs
from ser_utils.widgets import motion


@pytest.fixture(scope="module")
def moons():
    return two_moons.pair(n=60)


@pytest.fixture(scope="module")
def learned(moons):
    return {
        of: two_moons.learn(moons, *of, updates=20, every=5) for of in product((0.0, 2.0), (1, 3))
    }


def frame(picture: motion.Picture, *positions: int) -> int:
    """Return the number of the frame at these positions of the sliders."""
    return int(
        np.ravel_multi_index(positions, [len(labels) for labels in picture.sliders.values()])
    )


def test_frames_of_the_reversal_have_the_gradients_the_regions_and_the_boundary(moons, learned):
    picture = motion.reversal(moons, learned)
    assert [*picture.sliders.values()] == [["0", "5", "10", "15", "20"], ["0", "2"], ["1", "3"]]
    moment = learned[2.0, 3][2]
    at = frame(picture, 2, 1, 1)
    arrows, region, boundary = picture.frames[at]
    handed_on = moment.factor * moment.domain_pull
    numbers = [moment.label_pull, moment.domain_pull, handed_on]
    told = [float(text.split(" ")[0].replace("−", "-")) for text in arrows["text"]]
    assert told == pytest.approx(numbers, abs=0.006)
    ratio = np.array(arrows["width"]) ** 2 / np.abs(numbers)
    assert ratio == pytest.approx(ratio[0])  # areas of arrows follow lengths of gradients
    assert f"λ {2 * gradient_reversal.ganin(10 / 20):.2f}" in picture.says[at]
    guess = moment.probability(moons.evaluation.features) > 0.5
    uar = metrics.uar(moons.evaluation.labels, guess.astype(int))
    assert f"{metrics.percent(uar)}." in picture.says[at]
    both = np.concatenate([moons.source.features, moons.evaluation.features])
    corners = both.min(axis=0) - 0.3, both.max(axis=0) + 0.3
    image = region["image"][0] / 255
    expected = moment.probability(np.array(corners, np.float32))
    assert [image[0, 0], image[-1, -1]] == pytest.approx(expected, abs=0.003)
    line = np.column_stack([boundary["x"], boundary["y"]])
    line = line[~np.isnan(line).any(axis=1)]
    steps = np.subtract(*corners[::-1]) / (len(image) - 1)
    around = [moment.probability(line + shift * steps.astype(np.float32)) for shift in (-1, 0, 1)]
    assert np.ptp(around, axis=0).max() > 0
    assert np.abs(around[1] - 0.5).max() < 0.25  # a line between the corners of a cell


def test_no_reversed_gradient_is_drawn_where_lambda_is_zero(moons, learned):
    picture = motion.reversal(moons, learned)
    arrows, *_ = picture.frames[frame(picture, 4, 0, 0)]
    assert arrows["width"][2] == 0 < arrows["width"][1]


def test_epochs_move_the_points_in_one_frame_of_axes(toy_pair):
    pair = toy_pair()
    n = len(pair.source) + len(pair.evaluation)
    rng = np.random.default_rng(0)
    points = {epoch: rng.normal(size=(n, 2)) for epoch in (1, 4)}
    numbers = pd.DataFrame({"probe": [0.91, 0.5], "LISI": [0.1, 0.25]}, index=[1, 4])
    picture = motion.epochs(points, pair, numbers)
    assert picture.sliders == {"epoch": ["1", "4"]}
    assert picture.says == ["probe 0.91, LISI 0.10", "probe 0.50, LISI 0.25"]
    cropped = figures.cropped(points)
    group, colours = figures.groups_of(pair, "emotion")
    colouring = picture.colourings["emotion"]
    for (columns,), xy in zip(picture.frames, cropped.values(), strict=True):
        drawn = np.column_stack([columns["x"], columns["y"]])
        order = [int(np.abs(xy - point).sum(axis=1).argmin()) for point in drawn]
        assert sorted(order) == [*range(n)]
        assert xy[order] == pytest.approx(drawn, abs=1e-6)
        assert [colouring["names"][code] for code in colouring["codes"]] == group[order].tolist()
    assert colouring["colours"] == [*colours.values()]
    (plot,) = picture.plots
    assert plot.x_range.start < min(xy[:, 0].min() for xy in cropped.values())
    assert plot.x_range.end > max(xy[:, 0].max() for xy in cropped.values())
    assert motion.strengths(points, pair, numbers).sliders == {"largest λ": ["1", "4"]}


def test_compositions_move_histograms_on_common_bins():
    rng = np.random.default_rng(0)
    panels = {
        (composition, when): (rng.normal(i, 1, 50), rng.normal(-i, 1 + j, 40))
        for i, composition in enumerate(("source", "joint"))
        for j, when in enumerate(("in training", "at evaluation"))
    }
    picture = motion.compositions(panels, ("English", "German"))
    assert picture.sliders == {
        "composition": ["source", "joint"],
        "when": ["in training", "at evaluation"],
    }
    bins = figures.histogram_bins(panels)
    source, target = panels["joint", "at evaluation"]
    bars, mean, others, other_mean = picture.frames[3]
    assert bars["top"].sum() * (bins[1] - bins[0]) == pytest.approx(1)
    inside = (target >= bins[10]) & (target < bins[11])
    assert others["top"][10] * (bins[1] - bins[0]) * 40 == pytest.approx(inside.sum())
    assert [mean["x"], other_mean["x"]] == [[source.mean()], [target.mean()]]
    assert picture.says[3].startswith(f"English {source.mean():z.1f} ± {source.std():.1f}, German")


def test_the_schedule_moves_over_its_steepness_and_height():
    picture = motion.schedule()
    at = frame(picture, picture.sliders["γ"].index("3"), picture.sliders["largest λ"].index("0.5"))
    (columns,) = picture.frames[at]
    expected = [0.5 * gradient_reversal.ganin(p, 3) for p in np.linspace(0, 1, 101)]
    assert columns["strength"] == pytest.approx(np.array(expected))
    assert "half of 0.5 at 37%" in picture.says[at]  # ganin(0.3662, 3) is 0.5
    assert "never reaches half" in picture.says[0]


def test_gradients_of_two_moons_are_measured_and_reversed(moons):
    state = torch.get_rng_state()
    moments = two_moons.learn(moons, 2.0, steps=3, updates=20, every=5)
    assert torch.equal(torch.get_rng_state(), state)
    assert [moment.update for moment in moments] == [0, 5, 10, 15, 20]
    for moment in moments:
        strength = 2 * gradient_reversal.ganin(moment.update / 20)
        assert moment.strength == pytest.approx(strength)
        assert moment.factor == pytest.approx(-strength, rel=1e-3)
        assert min(moment.label_pull, moment.domain_pull) > 0
    before, after = (
        metrics.uar(moons.source.labels, (of.probability(moons.source.features) > 0.5).astype(int))
        for of in (moments[0], moments[-1])
    )
    assert after > before


def test_a_notebook_shows_the_page_and_a_site_takes_it_from_there():
    picture = motion.schedule()
    bundle = picture._repr_mimebundle_()
    output = outputs.new_output("display_data", data=bundle)
    notebook = outputs.NotebookNode(
        metadata={},
        cells=[outputs.NotebookNode(cell_type="code", metadata={}, outputs=[output])],
    )
    pages = outputs.moving_pictures(notebook)
    assert [*pages] == ["schedule"]
    assert "globalThis.motion" in pages["schedule"]
    assert "γ" in pages["schedule"]
    (shown,) = (
        outputs.for_page(notebook, moving={"schedule": "motion/schedule.html"}).cells[0].outputs
    )
    assert 'src="motion/schedule.html"' in shown.data["text/html"]
    (stored,) = outputs.for_page(notebook).cells[0].outputs
    assert outputs.MOVE in stored.data["text/html"]
    assert stored.data[MOTION] == "schedule"
    assert len(str(stored)) < 1000
    again = outputs.for_page(notebook)
    (shown,) = outputs.for_page(again, moving={"schedule": "there.html"}).cells[0].outputs
    assert 'src="there.html"' in shown.data["text/html"]
    assert outputs.moving_pictures(again) == {}
