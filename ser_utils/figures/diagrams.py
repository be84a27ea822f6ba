"""Diagrams as SVG: the network, whose statistics normalise whom, and an utterance's way.

Each file has its own background in light and in dark, since a page may be light where a reader's
system is dark. Text stays text, large enough for a phone. `python -m ser_utils notebooks --text`
writes the files.
"""

from collections.abc import Iterable
from html import escape
from pathlib import Path

import numpy as np

from ser_utils import audio, settings
from ser_utils.batch_norm import COMPOSITIONS, DOMAINS
from ser_utils.experiments.systems import find
from ser_utils.figures.style import CLASS_COLOURS, DOMAIN_COLOURS
from ser_utils.files import write_text

_COLOURS = dict(zip(DOMAINS, DOMAIN_COLOURS, strict=True))
_COLOURS |= {"same": CLASS_COLOURS[0], "reversed": CLASS_COLOURS[1], "dann": find("dann").colour}
#: Background, ink, and notes, in light and in dark; what has a colour keeps it.
_THEMES = ("#FFFFFF", "#222222", "#555555"), ("#1B1F24", "#EEEEEE", "#BBBBBB")
_WIDTH = 480
_STYLE = """
svg {{ font: 16px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif }}
text {{ fill: var(--ink) }} .note {{ fill: var(--note); font-size: 15px }}
.name {{ font-weight: 600 }} .middle {{ text-anchor: middle }}
.line {{ stroke: var(--ink); fill: none; stroke-width: 1.5 }}
:root {{ --paper: {0}; --ink: {1}; --note: {2} }}
@media (prefers-color-scheme: dark) {{ :root {{ --paper: {3}; --ink: {4}; --note: {5} }} }}
"""


def write(folder: Path) -> None:
    """Write all diagrams into a folder; a `CacheError` says why they cannot be."""
    for name, svg in drawn().items():
        write_text(folder / name, svg)


def drawn() -> dict[str, str]:
    """Draw all diagrams: the contents of the files, by name."""
    return {"dann.svg": dann(), "batch_norm.svg": batch_norm(), "utterance.svg": utterance()}


# The network ------------------------------------------------------------------------------------


def dann() -> str:
    """Draw the three parts of a DANN, and by what gradients are multiplied on their way back."""
    left, right = 126, 354  # the middles of both branches
    parts = [
        _box(left, 14, 216, ("label head h", "which emotion?", "loss on the source alone")),
        _box(right, 14, 216, ("domain classifier D", "which language?", "loss on both")),
        _box(right, 168, 216, ("gradient reversal",), "reversed"),
        _box(240, 276, 444, ("encoder f", "z = f(x), trained to help h and to fool D"), "dann"),
        _box(left, 398, 216, ("source, labelled",), "source"),
        _box(right, 398, 216, ("target, no labels",), "target"),
        *(_up(x, 398, 346) for x in (left, right)),
        _text(left - 82, 195, "values", "note"),
        _text(left + 28, 214, "gradient", "note"),
    ]
    for x, low, high, y, factor in (
        (left, 276, 98, 195, "1"),
        (right, 276, 212, 252, "−λ"),
        (right, 168, 98, 140, "1"),
    ):
        parts.append(_up(x - 20, low, high))
        parts.append(_down(x + 12, high, low, "same" if factor == "1" else "reversed"))
        parts.append(_text(x + 28, y, f"× {factor}", "name"))
    title = (
        "A DANN has three parts. Values go up from the encoder to a label head and to a domain "
        "classifier. Gradients come back times 1 from both, but the reversal multiplies that of "
        "the domain classifier by −λ before the encoder gets it: the classifier learns to tell "
        "the languages apart, and the encoder to keep it from that."
    )
    return _svg(454, title, parts)


# Batch norm -------------------------------------------------------------------------------------


def batch_norm() -> str:
    """Draw for each composition whose mean and variance normalise the rows of each domain."""
    columns = 112, 304  # in training, at evaluation
    parts = [
        _text(x, 28, title, "name")
        for x, title in zip(columns, ("in training", "at evaluation"), strict=True)
    ]
    y = 46
    for name, rule in COMPOSITIONS.items():
        in_turn = len(rule.running) == 2 and not rule.per_domain
        of_one = ("both" if in_turn else rule.running[0],) * 2
        parts += [_separator(y), _text(16, y + 42, name, "name")]
        parts += _normalised(columns[0], y, rule.source, rule.target)
        parts += _normalised(columns[1], y, *(rule.running if rule.per_domain else of_one))
        if in_turn:
            parts.append(_text(columns[1] - 10, y + 71, "in turn", "note"))
        y += 78
    parts += [_separator(y), _text(16, y + 42, "layer", "name")]
    parts += [part for x in columns for part in _normalised(x, y, "each", "each")]
    y += 78
    parts += [
        _separator(y),
        _pool(28, y + 24, "both"),
        _text(46, y + 29, "mean and variance of rows of this colour, or of both;", "note"),
        _text(46, y + 50, "in turn: one estimate, moved by each domain;", "note"),
        _text(46, y + 71, "layer: each row by itself", "note"),
    ]
    together = [name for name, rule in COMPOSITIONS.items() if rule.source == rule.target]
    apart = [name for name in COMPOSITIONS if name not in together]
    always = [name for name in apart if COMPOSITIONS[name].per_domain]
    title = (
        f"What normalises whom. Under {_and(together)} one mean and variance normalise the rows "
        f"of both domains. Under {_and(apart)} each domain has its own in training, and under "
        f"{_and(always)} alone at evaluation, too. Layer normalisation takes each row by itself."
    )
    return _svg(y + 86, title, parts)


def _normalised(x: float, y: float, source: str, target: str) -> Iterable[str]:
    """Draw rows of the source above rows of the target, each with whose rows normalise it."""
    middles = (y + 22, y + 56)
    if source == target != "each":
        yield _pool(x + 12, y + 39, source)
        yield from (_line(x + 26, y + 39, x + 54, middle, arrow=True) for middle in middles)
    for middle, domain, pool in zip(middles, DOMAINS, (source, target), strict=True):
        colour = _COLOURS[domain]
        yield _rectangle(x + 58, middle - 14, 102, 28, colour, 5)
        if pool == "each":
            at = range(int(x) + 68, int(x) + 160, 17)
            yield from (_circle(row, middle, 4, "none", "var(--ink)") for row in at)
            continue
        yield _text(x + 109, middle + 5, domain, "middle")
        if source != target:
            yield _pool(x + 12, middle, pool)
            yield _line(x + 26, middle, x + 54, middle, arrow=True)


def _pool(x: float, y: float, of: str) -> str:
    """Draw the statistics of the rows of a domain, or of both."""
    if of != "both":
        return _circle(x, y, 11, _COLOURS[of])
    half = f'<path d="M{x:g} {y - 11:g}a11 11 0 0 1 0 22z" fill="{_COLOURS["target"]}"/>'
    return _circle(x, y, 11, _COLOURS["source"]) + half


# An utterance -----------------------------------------------------------------------------------


def utterance() -> str:
    """Draw the way of an utterance from its file to a score, and where labels join it."""
    steps = (
        (_FILE, "wav file", "datasets: finds it in a corpus"),
        (_TABLE, "row of a table", "language, speaker, emotion"),
        (_WAVE, "samples", f"audio: {audio.SAMPLING_RATE:,} a second"),
        (_BARS, "features", "features: 88 functionals, or log-mel"),
        (_BELL, "input", f"domains: standardised, within ±{settings.CLIP:g}"),
        (_CLOUD, "embedding", "models: encoder, with batch_norm"),
        (_SHARES, "probability", "label head, trained on"),
        (_TICK, "score", "evaluation: UAR, AUC"),
    )
    parts = []
    for step, (glyph, name, note) in enumerate(steps):
        y = _STEP * step + 14
        parts.append(_rectangle(16, y, 72, 46, "var(--note)", 6))
        parts.append(f'<path class="line" transform="translate(16 {y})" d="{glyph}"/>')
        parts += [_text(104, y + 19, name, "name"), _text(104, y + 40, note, "note")]
        if step:
            parts.append(_line(52, y - 20, 52, y - 3, arrow=True))
    for domain, step, left, lane in (("source", 6, 308, 400), ("target", 7, 322, 446)):
        y = _STEP * step + 34
        way = f"M244 {_STEP + 32 - 8 * (domain == 'target')}H{lane}V{y}"
        parts.append(f'<path d="{way}" fill="none" stroke="{_COLOURS[domain]}" stroke-width="2"/>')
        parts.append(_rectangle(left, y, 130, 30, _COLOURS[domain], 5))
        parts.append(_text(left + 65, y + 20, f"{domain} labels", "middle"))
        parts.append(_line(left - 4, y + 15, left - 26, y + 15, arrow=True))
    title = (
        f"An utterance's way: {_and(name for _, name, _ in steps)}, each made of the one before. "
        "Labels of the source join where the label head is trained; those of the target nowhere "
        "but at the score."
    )
    return _svg(_STEP * len(steps) + 8, title, parts)


def _curve(y: np.ndarray) -> str:
    """Return a path through a box of 72 by 46."""
    return "M" + " ".join(
        f"{a:.1f},{b:.1f}" for a, b in zip(np.linspace(8, 64, len(y)), y, strict=True)
    )


#: From one step of the way to the next.
_STEP = 66
_T = np.linspace(0, 1, 57)
_FILE = "M25 7H40L48 15V39H25zM40 7V15H48M31 22H42M31 28H42"
_TABLE = "M8 12H64M8 23H64M8 34H64M24 8V38M44 8V38"
_WAVE = _curve(23 - 17 * np.sin(np.pi * _T) ** 2 * np.sin(26 * np.pi * _T) * np.cos(3 * _T))
_BARS = "".join(f"M{8 + 7 * n} 38v-{h}" for n, h in enumerate((8, 22, 14, 28, 10, 18, 25, 12, 20)))
_BELL = _curve(38 - 28 * np.exp(-0.5 * (7 * (_T - 0.5)) ** 2))
_CLOUD = "".join(
    f"M{x} {y}a2 2 0 1 0 4 0a2 2 0 1 0-4 0"
    for x, y in ((14, 14), (20, 24), (26, 12), (32, 20), (40, 32), (47, 23), (52, 35), (56, 27))
)
_SHARES = "M10 12H62V20H10zM10 27H30V35H10z"
_TICK = "M22 24l10 10L52 11"


# What all are made of ---------------------------------------------------------------------------


def _svg(height: float, title: str, parts: Iterable[str]) -> str:
    style = _STYLE.format(*_THEMES[0], *_THEMES[1])
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:g}" '
        f'width="{_WIDTH}" height="{height:g}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{style}</style>",
        '<marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
        'orient="auto" markerUnits="userSpaceOnUse"><path d="M0 0L8 4L0 8z" fill="var(--ink)"/>'
        "</marker>",
        f'<rect width="{_WIDTH}" height="{height:g}" rx="10" fill="var(--paper)"/>',
        *parts,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _and(names: Iterable[str]) -> str:
    return " and ".join(", ".join(names).rsplit(", ", 1))


def _text(x: float, y: float, text: str, kind: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" class="{kind}">{escape(text)}</text>'


def _rectangle(x: float, y: float, width: float, height: float, colour: str, r: float) -> str:
    look = f'rx="{r:g}" fill="{colour}" fill-opacity=".12" stroke="{colour}" stroke-width="2"'
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" {look}/>'


def _circle(x: float, y: float, r: float, fill: str, stroke: str = "none") -> str:
    return f'<circle cx="{x:g}" cy="{y:g}" r="{r:g}" fill="{fill}" stroke="{stroke}"/>'


def _box(x: float, y: float, width: float, lines: tuple[str, ...], colour: str = "") -> str:
    """Draw a box about its middle x, from y downward: a name, and notes below it."""
    drawn = [
        _rectangle(
            x - width / 2, y, width, 22 + 22 * len(lines), _COLOURS.get(colour, "var(--note)"), 8
        )
    ]
    for number, line in enumerate(lines):
        kind = "note middle" if number else "name middle"
        drawn.append(_text(x, y + 27 + 22 * number, line, kind))
    return "".join(drawn)


def _line(x0: float, y0: float, x1: float, y1: float, arrow: bool = False) -> str:
    tip = ' marker-end="url(#tip)"' if arrow else ""
    return f'<path class="line" d="M{x0:g} {y0:g}L{x1:g} {y1:g}"{tip}/>'


def _up(x: float, start: float, end: float) -> str:
    return _line(x, start - 2, x, end + 3, arrow=True)


def _down(x: float, start: float, end: float, kind: str) -> str:
    """Draw a gradient on its way back: a thick arrow."""
    neck = end - 16
    shape = f"M{x - 4:g} {start + 3:g}h8V{neck:g}h7L{x:g} {end - 3:g}L{x - 11:g} {neck:g}h7z"
    return f'<path d="{shape}" fill="{_COLOURS[kind]}"/>'


def _separator(y: float) -> str:
    return f'<path d="M16 {y:g}H{_WIDTH - 16}" stroke="var(--note)" stroke-opacity=".4"/>'
