"""The gradient reversal as it works: gradients through a network, and two moons that it learns."""

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
from bokeh.models import Arrow, ColumnDataSource, LinearColorMapper, VeeHead
from bokeh.plotting import figure
from bokeh.plotting.contour import contour_data

from ser_utils import metrics
from ser_utils.domains import Pair
from ser_utils.figures.style import CLASS_COLOURS
from ser_utils.lessons.two_moons import Moment
from ser_utils.widgets.motion.maps import MARKERS
from ser_utils.widgets.motion.picture import Columns, Picture, panel

#: Where the parts of a DANN stand.
PARTS = {
    "features x": (0, 0),
    "encoder f": (0, 1),
    "label head h": (-1, 2.2),
    "label loss": (-1, 4.6),
    "reversal R": (1, 2.2),
    "classifier D": (1, 3.4),
    "domain loss": (1, 4.6),
}
FORWARD = (
    ("features x", "encoder f"),
    ("encoder f", "label head h"),
    ("label head h", "label loss"),
    ("encoder f", "reversal R"),
    ("reversal R", "classifier D"),
    ("classifier D", "domain loss"),
)
#: Where the gradients go: of the label loss, of the domain loss, and what the reversal makes of it.
BACK = (("label head h", "encoder f"), ("classifier D", "reversal R"), ("reversal R", "encoder f"))
CELLS = 48  # of the plane, across and up
SHADES = 16  # of each class, from undecided to certain


def reversal(pair: Pair, learned: Mapping[tuple[float, int], Sequence[Moment]]) -> Picture:
    """Move over the updates of small DANNs on two moons, over lambda and the classifier's steps.

    `learned` are from `two_moons.learn`, by largest lambda and steps: all combinations of them.
    """
    strengths, steps = (sorted(set(part)) for part in zip(*learned, strict=True))
    updates = [moment.update for moment in next(iter(learned.values()))]
    moments = [
        learned[strength, count][at]
        for at, strength, count in product(range(len(updates)), strengths, steps)
    ]
    network, arrows, inked = _network()
    plane, regions, boundary, line = _plane(pair)
    most = max(abs(pull) for moment in moments for pull in _pulls(moment))
    return Picture(
        "reversal",
        "The gradient reversal at work",
        "A small DANN learns two moons. Thin arrows are values on their way forward. Thick ones "
        "are gradients on their way back to the encoder, as autograd has them before an update: "
        "blue keeps its sign, red is reversed, and the width follows the length. Play, then choose "
        "another λ, or let the classifier take more steps for each of the encoder.",
        {
            "update": [f"{update}" for update in updates],
            "largest λ": [f"{strength:g}" for strength in strengths],
            "steps of D": [f"{count}" for count in steps],
        },
        [network, plane],
        [arrows, regions, boundary],
        [[_arrows(moment, most), *_region(moment, pair)] for moment in moments],
        [_said(moment, pair) for moment in moments],
        {"class": {"names": ["class 0", "class 1"], "colours": list(CLASS_COLOURS)}},
        inked=[*inked, *line],
        legend="Filled circles: source. Open triangles: target; only the UAR sees its labels.",
        start={"largest λ": len(strengths) - 1},
    )


#: Where an arrow begins and ends, by column.
ENDS = {"x_start": "x_start", "y_start": "y_start", "x_end": "x_end", "y_end": "y_end"}


def _network() -> tuple[figure, ColumnDataSource, list]:
    """Draw the parts, and values between them; return the plot, gradients, and what is inked."""
    places = np.array([*PARTS.values()], float)
    plot = panel((-2.1, -0.3), (2.1, 4.9), aspect_ratio=0.95)
    boxes = plot.rect(*places.T, 1.5, 0.5, fill_color=None)
    names = plot.text(*places.T, [*PARTS], text_align="center", text_baseline="middle")
    names.glyph.text_font_size = "13px"
    head = VeeHead(size=7)
    forward = Arrow(source=_between(FORWARD, -0.16), end=head, **ENDS)
    back = _between(BACK, 0.16)
    back.data["colour"] = [CLASS_COLOURS[0], CLASS_COLOURS[0], CLASS_COLOURS[1]]
    for column, start in {"width": 0.0, "head": 0.0, "text": ""}.items():
        back.data[column] = [start] * len(BACK)
    tip = VeeHead(size="head", fill_color="colour", line_color="colour")
    thick = Arrow(source=back, end=tip, line_width="width", line_color="colour", **ENDS)
    plot.add_layout(forward)
    plot.add_layout(thick)
    numbers = plot.text("x", "y", "text", source=back, text_align="align", text_font_size="13px")
    inked = [(boxes.glyph, "line_color"), (names.glyph, "text_color"), (forward, "line_color")]
    return plot, back, [*inked, (head, "fill_color", "line_color"), (numbers.glyph, "text_color")]


def _between(pairs: Sequence[tuple[str, str]], outward: float) -> ColumnDataSource:
    """Return arrows between parts, moved outward from the middle, and places for text at them."""
    start, end = (
        np.array([PARTS[part] for part in parts], float) for parts in zip(*pairs, strict=True)
    )
    side = np.sign(start[:, 0] + end[:, 0])
    aside = np.stack([outward * side, np.zeros(len(pairs))], axis=1)
    along = end - start
    margin = 0.33 * along / abs(along[:, 1:])  # the parts are boxes
    places = (start + end) / 2 + 2.6 * aside
    return ColumnDataSource(
        {
            **dict(zip(("x_start", "y_start"), (start + margin + aside).T, strict=True)),
            **dict(zip(("x_end", "y_end"), (end - margin + aside).T, strict=True)),
            **dict(zip(("x", "y"), places.T, strict=True)),
            "align": np.where(side < 0, "right", "left").tolist(),
        }
    )


def _plane(pair: Pair) -> tuple[figure, ColumnDataSource, ColumnDataSource, list]:
    """Draw the points of both domains; return the plot, and what moves."""
    (x, y), both = _grid(pair), np.concatenate([pair.source.features, pair.evaluation.features])
    low, high = np.array([x[0], y[0]]), np.array([x[-1], y[-1]])
    plot = panel(low, high, aspect_ratio=(high - low)[0] / (high - low)[1])
    regions = ColumnDataSource({"image": []})
    alphas = [f"{round(alpha):02x}" for alpha in np.linspace(5, 90, SHADES)]
    palette = [CLASS_COLOURS[0] + alpha for alpha in alphas[::-1]]
    palette += [CLASS_COLOURS[1] + alpha for alpha in alphas]
    shades = LinearColorMapper(palette=palette, low=0, high=255)
    plot.image("image", *low, *(high - low), source=regions, color_mapper=shades)
    labels = np.concatenate([pair.source.labels, pair.evaluation.labels])
    is_target = np.repeat([0, 1], [len(pair.source), len(pair.evaluation)])
    colours = np.array(CLASS_COLOURS)[labels].tolist()
    points = {"x": both[:, 0], "y": both[:, 1], "colour": colours, "alpha": 0.9 * (1 - is_target)}
    plot.scatter(
        "x",
        "y",
        source=ColumnDataSource(points | {"marker": MARKERS[is_target].tolist()}),
        marker="marker",
        size=6,
        line_color="colour",
        fill_color="colour",
        fill_alpha="alpha",
    )
    boundary = ColumnDataSource({"x": [], "y": []})
    line = plot.line("x", "y", source=boundary, line_width=2)
    return plot, regions, boundary, [(line.glyph, "line_color")]


def _grid(pair: Pair) -> tuple[np.ndarray, np.ndarray]:
    """Return coordinates of the cells of the plane, across and up."""
    both = np.concatenate([pair.source.features, pair.evaluation.features])
    low, high = both.min(axis=0) - 0.3, both.max(axis=0) + 0.3
    return tuple(np.linspace(low, high, CELLS, dtype=np.float32).T)


def _pulls(moment: Moment) -> tuple[float, float, float]:
    """Return the lengths of the gradients `BACK`, with a sign for which way they point."""
    return moment.label_pull, moment.domain_pull, moment.factor * moment.domain_pull


def _arrows(moment: Moment, most: float) -> Columns:
    """Draw the gradients; the longest of all has the length `most`."""
    pulls = _pulls(moment)
    width = [12 * (abs(pull) / most) ** 0.5 for pull in pulls]
    texts = [f"{pull:+.2f}" for pull in pulls]
    texts[2] += f" (× {moment.factor:+.2f})"
    return {
        "width": width,
        "head": [5 + 1.5 * wide if wide else 0 for wide in width],
        "text": [text.replace("-", "−") for text in texts],
    }


def _region(moment: Moment, pair: Pair) -> tuple[Columns, Columns]:
    """Return the probability of class 1 over the plane, and the boundary between the classes."""
    x, y = np.meshgrid(*_grid(pair))
    p = moment.probability(np.column_stack([x.ravel(), y.ravel()])).reshape(x.shape)
    lines = contour_data(x, y, p, [0.5], want_fill=False, want_line=True).line_data
    boundary = {"x": lines.xs[0].astype(np.float32), "y": lines.ys[0].astype(np.float32)}
    return {"image": [(255 * p).round().astype(np.uint8)]}, boundary


def _said(moment: Moment, pair: Pair) -> str:
    guess = (moment.probability(pair.evaluation.features) > 0.5).astype(int)
    uar = metrics.uar(pair.evaluation.labels, guess)
    return (
        f"λ {moment.strength:.2f}. D names the domain in "
        f"{metrics.percent(moment.domain_accuracy)}; chance is 50 %. "
        f"UAR on the target (oracle_): {metrics.percent(uar)}."
    )
