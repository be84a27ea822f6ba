import unicodedata
from pathlib import Path

import numpy as np
import pytest

from ser_utils.datasets.names import Finder, name_below, one_spelling, translator


@pytest.mark.parametrize("key", [0, 0.0, "0", "0.0", "0,0", "00", np.int64(0), np.float32(0)])
@pytest.mark.parametrize("word", ["0", "0.0", "0,0", " 00", "+0"])
def test_a_number_is_the_same_however_it_is_written(key, word):
    assert translator({key: "anger", 1: "fear"})(word) == "anger"


def test_the_same_spelling_goes_before_another_case_and_that_before_a_number():
    emotion = translator({"A": "anger", "a": "fear", "01": "calm", 1: "neutral"})
    assert [emotion(word) for word in ("A", "a", "01", "1", "1.0", "b", "")] == [
        *("anger", "fear", "calm", "neutral", "calm", "b", ""),
    ]


def test_words_are_compared_without_case_and_in_one_form():
    emotion = translator({unicodedata.normalize("NFD", "Colère"): "anger"})
    assert {emotion(word) for word in ("colère", "COLÈRE", "cole\u0300re ")} == {"anger"}


def test_names_that_are_the_same_are_written_as_the_first():
    assert one_spelling(["Zoë", "zoe\u0308", "b", "ZOË"]) == ["Zoë", "Zoë", "b", "Zoë"]


def test_a_name_has_slashes_whatever_unpacked_it():
    folder = Path("/data/casia")
    assert name_below(folder, folder / "a/b.c/1.wav") == "a/b.c/1"
    assert name_below(folder, folder / "a\\b\\1.wav") == "a/b/1"


SIMILAR = ["Wav/é.wav", "wav/É.WAV", r".\WAV\e" + "\u0301.wav", "Wav/../Wav/é.wav"]


@pytest.mark.parametrize("path", SIMILAR)
def test_a_file_is_found_by_similar_paths(tmp_path, path):
    file = tmp_path / "Wav/é.wav"
    file.parent.mkdir()
    file.touch()
    assert Path(Finder()(path, tmp_path)) == file


def test_a_file_of_several_similar_names_is_found_by_its_own_only(tmp_path):
    for name in ("a.wav", "A.wav"):
        (tmp_path / name).touch()
    if len(list(tmp_path.iterdir())) < 2:
        pytest.skip("a file system without case")
    find = Finder()
    assert find("A.wav", tmp_path) == str(tmp_path / "A.wav")
    assert not Path(find("A.WAV", tmp_path)).exists()
