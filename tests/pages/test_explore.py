import numpy as np
import pytest

from ser_utils.__main__ import main
from ser_utils.errors import SettingError, UnknownNameError
from ser_utils.pages import explore
from ser_utils.pages.parameters import Parameters

TONES = Parameters("tones-en", "tones-de", "arousal")


def test_the_rule_is_that_of_the_pair_or_a_usual_one():
    stored = explore.selection.winners(explore.in_checkout(*explore.CHOSEN))
    (source, target, task, _), (batch_norm, method) = next(
        (pair, chosen) for pair, chosen in stored.items() if pair[3] == "source"
    )
    known = explore.recipe("dann_rule", Parameters(source, target, task))
    assert known == ("DANN, by rule", batch_norm, method)
    assert explore.recipe("dann_rule", TONES) == ("DANN, 5 steps, λ 1, joint", "joint", "dann_5_1")


def test_a_batch_norm_can_be_named():
    assert explore.recipe("baseline", TONES) == ("baseline", "source", "baseline")
    assert explore.recipe("dann:domain", TONES) == ("DANN, domain", "domain", "dann")
    with pytest.raises(UnknownNameError, match="'dan'"):
        explore.recipe("dan", TONES)


def test_every_system_is_trained_as_asked_and_mapped(tones, monkeypatch):
    short = {"epochs": 2, "batch_size": 4, "held_out": 0.4}
    train = explore.scoring.train
    monkeypatch.setattr(explore.scoring, "train", lambda *a, **o: train(*a, **(o | short)))
    monkeypatch.setattr(explore.Maps, "points", None)  # instead of a fit, which takes long
    maps = explore.prepare(TONES, ["baseline", "dann_5_1:joint"])
    baseline, dann = maps.systems.values()
    assert list(maps.systems) == ["baseline", "DANN, 5 steps, λ 1, joint"]
    assert baseline.trained.align is None
    assert dann.trained.align.steps == 5
    assert np.array_equal(dann.embedding, dann.trained.embed(maps.pair.source, maps.pair.target))
    with pytest.raises(SettingError, match="learns from labels of the target"):
        explore.prepare(TONES, ["supervised"])


def test_the_command_writes_and_opens_the_page(tones, monkeypatch, tmp_path, capsys):
    given, opened = [], []

    def write(parameters, folder, systems):
        given.append((parameters, systems))
        return folder / "index.html"

    monkeypatch.setattr(explore, "write", write)
    monkeypatch.setattr("webbrowser.open", opened.append)
    command = ["explore", "--source", "tones-en", "--target", "tones-de", "--out", str(tmp_path)]
    assert main([*command, "--systems", "baseline", "dann"]) == 0
    assert main([*command, "--no-browser"]) == 0
    assert given == [(TONES, ["baseline", "dann"]), (TONES, explore.SYSTEMS)]
    assert opened == [(tmp_path / "index.html").as_uri()]
    assert str(tmp_path / "index.html") in capsys.readouterr().out
