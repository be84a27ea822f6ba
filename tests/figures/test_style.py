from dataclasses import replace

import matplotlib.pyplot as plt

from ser_utils import datasets, figures, labels
from ser_utils.figures import style


def test_every_emotion_has_a_colour_of_its_own():
    assert set(figures.style.EMOTION_COLOURS) == {*labels.EMOTIONS, figures.style.UNKNOWN}
    assert len(set(figures.style.EMOTION_COLOURS.values())) == len(figures.style.EMOTION_COLOURS)


def test_every_corpus_speaks_a_language_with_a_name():
    codes = {corpus.language for corpus in datasets.CORPORA.values()}
    assert codes <= set(figures.style.LANGUAGE_NAMES)


def test_show_carries_what_is_to_be_seen_beside_the_caption_and_closes(monkeypatch):
    shown = []
    monkeypatch.setattr(
        "IPython.display.display", lambda thing, **options: shown.append((thing, options))
    )
    figure = style.tell(plt.figure(), "UAR\n62 %,", "a gain.")
    figures.show(figure, "What it <shows>.")
    assert shown[0] == (figure, {"metadata": {"image/png": {"alt": "UAR 62 %, a gain."}}})
    assert "What it &lt;shows&gt;." in shown[1][0].data
    assert not plt.fignum_exists(figure.number)


def test_domains_of_one_language_are_told_apart(toy_pair):
    pair = toy_pair()
    assert figures.domain_names(pair) == ("English", "German")
    alike = replace(pair, evaluation=replace(pair.evaluation, language="en"))
    assert figures.domain_names(alike) == ("source", "target")
