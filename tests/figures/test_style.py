from dataclasses import replace

import matplotlib.pyplot as plt

from ser_utils import datasets, figures, labels


def test_every_emotion_has_a_colour_of_its_own():
    assert set(figures.style.EMOTION_COLOURS) == {*labels.EMOTIONS, figures.style.UNKNOWN}
    assert len(set(figures.style.EMOTION_COLOURS.values())) == len(figures.style.EMOTION_COLOURS)


def test_every_corpus_speaks_a_language_with_a_name():
    codes = {corpus.language for corpus in datasets.CORPORA.values()}
    assert codes <= set(figures.style.LANGUAGE_NAMES)


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


def test_domains_of_one_language_are_told_apart(toy_pair):
    pair = toy_pair()
    assert figures.domain_names(pair) == ("English", "German")
    alike = replace(pair, evaluation=replace(pair.evaluation, language="en"))
    assert figures.domain_names(alike) == ("source", "target")
