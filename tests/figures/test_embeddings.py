from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from ser_utils import figures, labels
from ser_utils.embeddings import invariance
from ser_utils.embeddings.maps import Maps
from ser_utils.errors import UnknownNameError
from ser_utils.experiments import systems
from ser_utils.figures.style import RAW_COLOUR


def scattered(pair, **options) -> tuple[np.ndarray, list]:
    """Draw random points of a pair; return which row each dot is of, in order, and the axes."""
    xy = np.random.default_rng(0).normal(size=(len(pair.source) + len(pair.evaluation), 2))
    axes = figures.embedding({"raw": xy}, pair, **options).axes
    offsets = axes[0].collections[0].get_offsets()
    return np.square(offsets[:, None] - xy).sum(axis=2).argmin(axis=1), axes


def colours_of(ax) -> list[str]:
    return [to_hex(colour) for colour in ax.collections[0].get_facecolors()]


def test_embedding_draws_each_language_by_its_marker_and_each_emotion_by_its_colour(toy_pair):
    pair = toy_pair()
    rows, (by_language, by_emotion) = scattered(pair)
    assert sorted(rows) == list(range(len(pair.source) + len(pair.evaluation)))
    is_target = rows >= len(pair.source)
    expected = np.array(figures.style.DOMAIN_COLOURS)[is_target.astype(int)]
    assert colours_of(by_language) == [colour.lower() for colour in expected]
    for ax in (by_language, by_emotion):
        corners = np.array([len(path.vertices) for path in ax.collections[0].get_paths()])
        assert (corners[is_target] == 4).all()  # triangles
        assert (corners[~is_target] > 4).all()
    emotions = pd.concat([part.table["emotion"] for part in (pair.source, pair.evaluation)])
    expected = emotions.map(figures.style.EMOTION_COLOURS).str.lower().to_numpy()[rows]
    assert colours_of(by_emotion) == expected.tolist()


def test_embedding_covers_no_language_by_the_other(toy_pair):
    pair = toy_pair()
    rows, _ = scattered(pair)
    first = rows[: len(rows) // 2] < len(pair.source)
    assert abs(first.mean() - len(pair.source) / len(rows)) < 0.1


def test_embedding_is_coloured_by_class(toy_pair):
    pair = toy_pair()
    rows, (ax,) = scattered(pair, by=("class",))
    classes = np.concatenate([pair.source.labels, pair.evaluation.labels])[rows]
    expected = [figures.style.CLASS_COLOURS[label].lower() for label in classes]
    assert colours_of(ax) == expected
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["low", "high"]
    with pytest.raises(UnknownNameError, match="colouring 'age'"):
        scattered(pair, by=("age",))


def test_a_common_map_is_not_stretched_by_a_few_points(toy_pair):
    pair = toy_pair()
    n = len(pair.source) + len(pair.evaluation)
    first, second = np.random.default_rng(0).uniform(0, 1, (2, n, 2))
    second[0] = 500, -500
    figure = figures.embedding({"first": first, "second": second}, pair, one_map=True)
    assert len({ax.get_xlim() for ax in figure.axes}) == 1
    for low, high in (ax.axis()[:2] for ax in figure.axes):
        assert -0.1 < low < 0.05
        assert 0.95 < high < 1.1
    drawn = figure.axes[1].collections[0].get_offsets()
    assert len(drawn) == n
    low, high = np.percentile(np.concatenate([first, second]), [0.5, 99.5], axis=0)
    assert (drawn == [high[0], low[1]]).all(axis=1).sum() == 1  # on the edge


def test_embedding_draws_utterances_that_have_ratings_only_in_grey(toy_pair):
    pair = toy_pair()
    emotions = pair.source.table["emotion"].where(pair.source.table.index > 0, labels.NO_EMOTION)
    pair = replace(
        pair, source=replace(pair.source, table=pair.source.table.assign(emotion=emotions))
    )
    rows, (_, by_emotion) = scattered(pair)
    drawn = dict(zip(rows, colours_of(by_emotion), strict=True))
    assert drawn[0] == "#bbbbbb"
    assert drawn[1] == figures.style.EMOTION_COLOURS[emotions[1]].lower()
    names = [text.get_text() for text in by_emotion.get_legend().get_texts()]
    assert names == ["anger", "happiness", "neutral", "sadness", "unknown"]


def test_several_source_languages_are_one_domain_with_the_names_of_all(toy_pair):
    _, (by_language, _) = scattered(toy_pair(languages=("en", "it", "de")))
    names = [text.get_text() for text in by_language.get_legend().get_texts()]
    assert names == ["English + Italian", "German"]


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


def test_invariance_draws_every_measure_beside_chance():
    names = list(invariance.MEASURES)
    rng = np.random.default_rng(0)
    index = ["raw features", "DANN", "collapsed", "chance"]
    table = pd.DataFrame(rng.uniform(0, 1, (4, len(names))), index, names)
    table.loc["DANN", ["mmd2", "a_distance"]] = -0.01, -0.4
    figure = figures.invariance(table)
    panels = dict(zip(names, (ax for ax in figure.axes if ax.patches), strict=True))
    for name, ax in panels.items():
        assert [bar.get_height() for bar in ax.patches] == pytest.approx(table[name][:3].tolist())
        assert [line.get_ydata()[0] for line in ax.lines] == [table.loc["chance", name]]
        low, high = ax.get_ylim()
        assert low <= table[name].min()
        assert table[name].max() < high
    colours = [to_hex(bar.get_facecolor()).upper() for bar in panels["mmd2"].patches]
    assert colours[:2] == [RAW_COLOUR, systems.find("dann").colour]
    assert len(set(colours)) == 3
    assert [text.get_text() for text in figure.legends[0].get_texts()] == index[:3]
    starred = [name for name, ax in panels.items() if "*" in ax.get_title()]
    assert starred == [name for name in names if name.startswith("descriptive")]


def test_language_and_emotion_draws_each_pair_and_the_mean_by_normalisation():
    rows = [
        ("source", "baseline", 0.9, 0.6),
        ("source", "baseline", 0.7, 0.5),
        ("source", "DANN", np.nan, 0.7),
        ("source", "DANN", 0.6, 0.6),
        ("dataset", "baseline", 0.55, 0.8),
    ]
    names = ["normalise", "representation", "language_accuracy", "uar_target"]
    figure = figures.language_and_emotion(pd.DataFrame(rows, columns=names))
    by_source, by_dataset = figure.axes
    assert by_dataset.get_title() == "dataset normalisation"
    dots, mean, others, other_mean, *chance = by_source.lines
    np.testing.assert_allclose(dots.get_xydata(), [[90, 60], [70, 50]])
    np.testing.assert_allclose(mean.get_xydata(), [[80, 55]])
    np.testing.assert_allclose(others.get_xydata(), [[60, 60]])
    assert to_hex(other_mean.get_color()).upper() == systems.find("dann").colour
    assert len(chance) == 2
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["baseline", "DANN"]


def test_every_row_has_the_colour_of_its_group(maps):
    for by in figures.COLOURINGS:
        group, colours = figures.groups(maps, by, "baseline")
        assert len(group) == len(maps.table)
        assert set(group) <= set(colours)
        assert len(set(colours.values())) == len(colours)


def test_groups_say_what_they_name(maps):
    language, colours = figures.groups(maps, "language")
    assert set(language[maps.is_target]) == {"German"}
    assert list(colours.items()) == list(
        zip(["English", "German"], figures.style.DOMAIN_COLOURS, strict=True)
    )
    emotion, colours = figures.groups(maps, "emotion")
    assert emotion.tolist() == maps.table["emotion"].tolist()
    assert colours["anger"] == figures.style.EMOTION_COLOURS["anger"]
    of_class, colours = figures.groups(maps, "class")
    assert of_class.tolist() == maps.table["true"].tolist()
    assert list(colours.values()) == list(figures.style.CLASS_COLOURS)
    correctness, _ = figures.groups(maps, "correctness", "DANN")
    right = maps.predicted("DANN") == maps.table["true"]
    assert correctness.tolist() == ["right" if yes else "wrong" for yes in right]
    with pytest.raises(UnknownNameError, match="colouring 'age'"):
        figures.groups(maps, "age")


def test_confidence_is_in_steps_of_ten_percent(maps):
    confidence, colours = figures.groups(maps, "confidence", "DANN")
    assert next(iter(colours)) == "50 to 60 %"
    for name, p in zip(confidence, maps.systems["DANN"].probabilities, strict=True):
        low, high = (float(end) for end in name.removesuffix(" %").split(" to "))
        assert low <= 100 * p.max() <= high


def test_what_is_not_predicted_has_a_group_of_its_own(maps):
    silent = replace(maps.systems["DANN"], probabilities=None)
    maps = replace(maps, systems={"silent": silent})
    for by in figures.OF_SYSTEMS:
        group, colours = figures.groups(maps, by, "silent")
        assert set(group) == set(colours) == {"not predicted"}


def test_an_utterance_that_has_ratings_only_is_in_a_group_of_its_own(maps):
    maps.pair.source.table.loc[0, "emotion"] = labels.NO_EMOTION
    trained = {title: system.trained for title, system in maps.systems.items()}
    emotion, colours = figures.groups(Maps.of(maps.pair, trained), "emotion")
    assert emotion[0] == figures.style.UNKNOWN
    assert colours[figures.style.UNKNOWN] == figures.style.EMOTION_COLOURS[figures.style.UNKNOWN]
    assert emotion[1:].tolist() == maps.table["emotion"][1:].tolist()
