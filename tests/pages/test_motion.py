from dataclasses import replace
from functools import partial

from ser_utils.lessons import two_moons
from ser_utils.pages import motion


def test_moving_pictures_of_two_moons_are_written_without_a_corpus(tmp_path, monkeypatch):
    quick = partial(two_moons.learn, updates=4, every=2)
    monkeypatch.setattr(two_moons, "learn", quick)
    assert motion.write(tmp_path) == ["schedule", "reversal"]
    for name in ("schedule", "reversal"):
        text = (tmp_path / f"{name}.html").read_text(encoding="utf-8")
        assert "globalThis.motion" in text
        assert "<script src" not in text  # one file


def test_those_of_speech_are_of_a_pair(toy_pair):
    pair = toy_pair(speakers=3)
    pair = replace(pair, source=replace(pair.source, dataset="synthetic-en"))
    epochs, strengths = motion._of_trainings(pair)
    assert epochs.sliders == {"epoch": ["1", "2", "4", "8", "15", "30"]}
    assert strengths.sliders == {"largest λ": ["0", "0.1", "0.3", "1", "3"]}
    assert all("fresh probe" in text for text in (*epochs.says, *strengths.says))
    compositions = motion._of_compositions(pair)
    assert all("Synthetic" in made.legend for made in (epochs, strengths, compositions))
    assert len(compositions.frames) == 2 * len(compositions.sliders["composition"])
