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
    expected = pair.source.table["emotion"].map(figures.style.EMOTION_COLOURS).str.lower().tolist()
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
    assert drawn == ["#bbbbbb", figures.style.EMOTION_COLOURS[emotions[1]].lower()]
    names = [text.get_text() for text in by_emotion.get_legend().get_texts()]
    assert names == ["anger", "happiness", "neutral", "sadness", "unknown"]


def test_several_source_languages_are_one_domain_with_the_names_of_all(toy_pair):
    pair = toy_pair(languages=("en", "it", "de"))
    n = len(pair.source) + len(pair.evaluation)
    by_language, _ = figures.embedding({"raw": np.zeros((n, 2))}, pair).axes
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
    assert colours[:2] == [RAW_COLOUR, systems.find("dann").colour]
    assert len(set(colours)) == 3
    assert [text.get_text() for text in figure.legends[0].get_texts()] == index[:3]
    starred = [name for name, ax in panels.items() if "*" in ax.get_title()]
    assert starred == [name for name in names if name.startswith("descriptive")]


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
    correctness, _ = figures.groups(maps, "correctness", "DANN")
    right = maps.predicted("DANN") == maps.table["true"]
    assert correctness.tolist() == ["right" if yes else "wrong" for yes in right]
    with pytest.raises(UnknownNameError, match="colouring 'age'"):
        figures.groups(maps, "age")


def test_an_utterance_that_has_ratings_only_is_in_a_group_of_its_own(maps):
    maps.pair.source.table.loc[0, "emotion"] = labels.NO_EMOTION
    trained = {title: system.trained for title, system in maps.systems.items()}
    emotion, colours = figures.groups(Maps.of(maps.pair, trained), "emotion")
    assert emotion[0] == figures.style.UNKNOWN
    assert colours[figures.style.UNKNOWN] == figures.style.EMOTION_COLOURS[figures.style.UNKNOWN]
    assert emotion[1:].tolist() == maps.table["emotion"][1:].tolist()
