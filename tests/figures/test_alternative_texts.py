"""What a figure says to those who cannot see it, recomputed by hand."""

import re

import numpy as np
import pandas as pd
import pytest

from ser_utils import audio, evaluation, figures, metrics
from ser_utils.embeddings.invariance import CHANCE, MEASURES
from ser_utils.figures import results, standings, style
from ser_utils.lessons import two_moons


def says(figure, *sentences):
    assert figure.get_label() == " ".join(sentences)


def test_lists_and_spans_name_their_values():
    values = pd.Series({("a", "b"): 62.04, "c": 50.0, "d": 55.0})
    assert style.listed(values) == "a, b 62.0 %, c 50.0 %, d 55.0 %"
    assert style.span(values, "{:.0f}") == "from 50 (c) to 62 (a, b)"
    assert style.span(pd.Series({"a": np.nan, "b": 1.0}), "{:g}") == "from 1 (b) to 1 (b)"
    assert style.span(pd.Series({"a": np.nan})) == "not measured"


def test_utterances_have_a_pitch_and_a_level():
    seconds = np.arange(audio.SAMPLING_RATE) / audio.SAMPLING_RATE
    tone = (0.1 * np.sin(2 * np.pi * 200 * seconds)).astype(np.float32)
    says(
        figures.utterances({"a tone": tone}),
        "Median pitch: a tone 200 Hz.",  # of an amplitude of 0.1: 20 log10(0.1 / sqrt(2)) dB
        "Strongest frame: a tone -23 dB.",
    )


def test_features():
    balance = pd.DataFrame({"low share": [0.4, 0.5], "high share": [0.6, 0.5]}, index=["x", "y"])
    says(figures.class_balance(balance), "Share of 'high': x 60 %, y 50 %.")
    data = pd.DataFrame({"language": ["en", "en", "en", "de"], "emotion": ["anger", *["fear"] * 3]})
    says(
        figures.distributions(data.assign(f0=[5.0, 1.0, 2.0, 3.0]), {"f0": "pitch"}),
        "pitch: median English 2.00, German 3.00, highest in 'anger'.",
    )
    table = pd.DataFrame({"emotion": [0.1, 0.5], "language": [0.3, 0.2]}, index=["x", "y"])
    says(
        figures.variance_explained(table, ["x"]),
        "Language explains more than emotion in 1 of 2 features, most in x (0.30); emotion "
        "explains most in y (0.50).",
    )
    table = pd.DataFrame({"share": [0.25, 0.1, 0.0], "farthest": [9.0, 1234.0, 2.0]}, list("xyz"))
    says(
        figures.outliers(table, 3.0, ["x"]),
        "2 of 3 features have utterances beyond 3: x the most, 25 %, and y the farthest, at 1,234 "
        "standard deviations.",
    )


def test_planes():
    pair = two_moons.pair(n=40)
    always = np.mean(pair.source.labels), np.mean(pair.evaluation.labels)
    source, target = map(metrics.percent, always)
    says(
        figures.decision_boundary(pair, {"ones": lambda x: np.linspace(0.51, 0.99, len(x))}),
        f"ones; {source} of the source's points and {target} of the target's right.",
    )
    points = np.zeros((len(pair.source) + len(pair.evaluation), 2))
    points[len(pair.source) :] = 3, 4
    says(
        figures.point_clouds({"moved": points}, pair),
        "Distance of the domains' centres: moved 5.0.",
    )


def test_scores():
    scores, labels = np.array([-2.0, 1.0, 2.0, 3.0]), np.array([0, 0, 1, 1])
    says(
        figures.score_distributions({"target": (scores, labels)}, ("low", "high")),
        "target, share above 0.5: high 100.0 %, low 50.0 %; above the median: high 100.0 %, "
        "low 0.0 %.",
    )
    # Of two normal classes at -1 and 1, 84.1 % lie on their side of 0; moved by 1.5, 30.9 % of the
    # lower and 99.4 % of the upper one do.
    told = re.findall(r"([a-z, ]+) ([\d.]+) %", figures.shifts().get_label())
    uar = {title.strip(" ,"): float(value) for title, value in told}
    assert uar["source"] == pytest.approx(84.1, abs=1)
    assert uar["all is moved, as by a louder recording"] == pytest.approx(65.1, abs=1)
    table = pd.DataFrame({"UAR": [0.5, 0.6, 0.7]}, index=["a", "a", "b"])
    says(figures.seeds(table), "Mean UAR: a 55.0 %, b 70.0 %.")
    table = pd.DataFrame({"UAR": np.arange(9) / 10}, index=[*"abcdefghi"])
    says(figures.seeds(table), "Mean UAR: from 0.0 % (a) to 80.0 % (i).")


def test_systems():
    says(
        figures.confusions({"target": np.array([[30, 10], [5, 5]])}, ("low", "high")),
        "target: UAR 62.5 %, recall low 75 %, high 50 %.",
    )
    rises = [2 / (1 + np.exp(-10 * p)) - 1 for p in (0.1, 0.2, 0.5, 1)]
    assert "p = 0.1: {:.2f}, at p = 0.2: {:.2f}, at p = 0.5: {:.2f}, at p = 1: {:.2f}".format(
        *rises
    ) in (figures.schedule().get_label())
    history = pd.DataFrame({"emotion_loss": [1.0, 0.5], "domain_accuracy": [0.5, 0.6]}, [1, 2])
    says(
        figures.training_curves({"DANN": history}),
        "At the end, label loss (source): DANN 0.50.",
        "At the end, domain accuracy, in training: DANN 0.60.",
    )
    probed = history.assign(probe_accuracy=[0.9, 0.8])
    says(
        figures.fooled({"DANN": [probed, probed + 0.1]}),
        "DANN, at the end: adversary 65.0 %, probe 85.0 % right.",
    )
    trainings = pd.DataFrame({"UAR": [0.5, 0.7, 0.8]}, pd.Index([0.3, 0.3, 1.0], name="λ"))
    says(figures.sweep(trainings), "Mean UAR by λ: at 0.3: 60.0 %, at 1: 80.0 %.")


def test_comparison(toy_pair):
    estimates = (0.6, 0.55, 0.65), (0.63, 0.58, 0.68), (0.03, 0.01, 0.05)
    estimates = [metrics.Estimate(*numbers) for numbers in estimates]
    says(
        figures.comparison(evaluation.Comparison(toy_pair(), *estimates, 0.5, 0.8, 0.8, 0.7, 0.7)),
        "UAR on the target in %: baseline 60.0 [55.0, 65.0], DANN 63.0 [58.0, 68.0].",
        "Gain: +3.0 [+1.0, +5.0] points, of DANN.",
    )


def test_standings():
    table = pd.DataFrame({"uar": [55.0, 58.0], "auc": [60.0, 61.0]}, ["a", "b"])
    says(
        standings.waterfall(table),
        "UAR on the target (%): a 55.0, b 58.0.",
        "AUC on the target (%): a 60.0, b 61.0.",
    )
    table = pd.DataFrame({"method": ["dann", "median"], "gain": [4.0, -1.0], "low": [3.0, -2.0]})
    table = table.assign(
        normalise="source", batch_norm="joint", high=5.0, low_pairs=1, high_pairs=7
    )
    says(
        standings.gains(table),
        "Gains in UAR from -1.0 points (baseline, cut at the median, batch norm joint) to +4.0 "
        "points (DANN, batch norm joint); 1 of 2 have an interval above 0.",
    )


def test_sensitivity():
    table = pd.DataFrame({"setting": "dropout", "value": [0.1, 0.5], "oracle_gain": [0.01, 0.03]})
    table = table.assign(task="arousal", batch_norm="joint", usual=[True, False])
    table = table.assign(oracle_gain_low=0.0, oracle_gain_high=0.05)
    says(
        results.sensitivity(table),
        "arousal, joint: gain from +1.0 points (dropout, 0.1) to +3.0 points (dropout, 0.5).",
    )


@pytest.mark.parametrize(("mixed", "share"), [(False, "100.0 %"), (True, "0.0 %")])
def test_maps_say_who_is_beside_whom(toy_pair, mixed, share, monkeypatch):
    pair = toy_pair()
    n, m = len(pair.source), len(pair.evaluation)
    assert n == m  # each of the source stands beside one of the target, or they are far apart
    line = np.arange(n) * 10.0
    source, target = (
        np.stack([line, 0 * line], 1),
        np.stack([line + mixed, 0 * line + 1e4 * (not mixed)], 1),
    )
    monkeypatch.setattr(figures.embeddings, "NEAREST", 1)
    told = figures.embedding({"map": np.concatenate([source, target])}, pair, by=["language"])
    says(told, f"Of the 1 nearest points, of the same language: map {share}; by chance 50.0 %.")


def test_embeddings():
    panels = {"before": (np.array([0.0, 2.0]), np.array([3.0, 4.0]))}
    says(
        figures.activations(panels, ("English", "German")),
        "Means of English and German: before 1.0 and 3.5.",
    )
    table = pd.DataFrame({name: [0.9, 0.7, 0.5] for name in MEASURES}, ["baseline", "DANN", CHANCE])
    told = figures.invariance(table).get_label()
    assert told.count("from 0.70 (DANN) to 0.90 (baseline), chance 0.50.") == len(MEASURES)
    table = pd.DataFrame({"normalise": "source", "representation": "DANN"}, range(2))
    table = table.assign(language_accuracy=[0.9, 0.7], uar_target=[0.6, 0.7])
    says(
        figures.language_and_emotion(table),
        "source normalisation, probe and UAR: DANN 80.0 and 65.0 %.",
    )
