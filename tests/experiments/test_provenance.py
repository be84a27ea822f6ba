import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from ser_utils import datasets, settings
from ser_utils.errors import ResultsError
from ser_utils.experiments import provenance


@pytest.fixture
def corpora(tmp_path, monkeypatch, ser_data):
    """Two tiny corpora in SER_DATA, "one" and "two"; return their tables."""
    rng = np.random.default_rng(0)
    for name in ("one", "two"):
        (ser_data / name).mkdir()
        rows = []
        for i in range(3):
            file = f"{i}.wav"
            soundfile.write(ser_data / name / file, rng.uniform(-0.5, 0.5, 800), 16_000)
            rows.append({"path": file, "language": "en", "speaker": str(i), "emotion": "anger"})
        pd.DataFrame(rows).to_csv(ser_data / name / "table.csv", index=False)
    return {name: datasets.load(name) for name in ("one", "two")}


def test_a_fingerprint_is_of_contents_and_not_of_places_names_or_order(corpora, tmp_path):
    table = corpora["one"]
    before = provenance.fingerprint(table)
    assert before["files"] == 3
    assert before == provenance.fingerprint(table[::-1])
    moved = [tmp_path / f"{name}.wav" for name in "zxy"]
    for old, new in zip(table["path"], moved, strict=True):
        new.write_bytes(Path(old).read_bytes())
    assert provenance.fingerprint(table.assign(path=list(map(str, moved)))) == before
    moved[0].write_bytes(moved[0].read_bytes()[:-2])
    assert provenance.fingerprint(table.assign(path=list(map(str, moved)))) != before
    assert provenance.fingerprint(table[:2])["files"] == 2
    assert provenance.fingerprint(corpora["two"]) != before


@pytest.fixture
def result(corpora, tmp_path):
    """A stored table of both corpora."""
    path = tmp_path / "table.csv"
    path.write_text("gain\n0.1\n")
    provenance.write(path, provenance.describe({"datasets": list(corpora)}, corpora))
    return path


def test_a_result_of_the_copies_that_are_here(result):
    assert provenance.copies(result) == {"one": "same", "two": "same"}
    assert provenance.sentence(result) == (
        "The results in table.csv were computed on the copy of one, two that is on this machine."
    )


def test_a_result_of_earlier_settings_says_which(result):
    assert provenance.changed_since(result) == ""
    about = provenance.read(result)
    about["hyper_parameters"] |= {"epochs": 7}
    del about["hyper_parameters"]["clip"]
    provenance.write(result, about)
    told = f"clip (not there yet -> {settings.CLIP}), epochs (7 -> {settings.EPOCHS})."
    assert provenance.sentence(result).endswith(f"table.csv was computed: {told}")


def test_a_result_of_another_copy(result, corpora):
    soundfile.write(corpora["two"]["path"][0], np.full(800, 0.1), 16_000)
    assert provenance.copies(result) == {"one": "same", "two": "other"}
    assert "another copy of two than is on this machine" in provenance.sentence(result)


def test_a_result_of_a_copy_that_nobody_noted(result):
    about = json.loads(result.with_suffix(".json").read_text())
    del about["corpora"]
    provenance.write(result, about)
    assert provenance.copies(result) == {"one": "unknown", "two": "unknown"}
    assert "not known on which copy of one, two" in provenance.sentence(result)


def test_a_result_of_a_corpus_that_is_not_here(result, corpora, monkeypatch, tmp_path):
    about = json.loads(result.with_suffix(".json").read_text())
    about["settings"]["datasets"] = ["ravdess", "one"]
    about["corpora"]["ravdess"] = about["corpora"].pop("two")
    provenance.write(result, about)
    assert provenance.copies(result) == {"ravdess": "absent", "one": "same"}
    assert "computed on ravdess, not on this machine" in provenance.sentence(result)


@pytest.mark.parametrize("text", [None, "{", "[]", "{}", '{"settings": {}}'])
def test_a_result_without_provenance(text, tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("gain\n0.1\n")
    if text is not None:
        path.with_suffix(".json").write_text(text)
    with pytest.raises(ResultsError, match=r"does not tell under which settings table\.csv was"):
        provenance.check_same(path, {})
    assert "not known on which recordings" in provenance.sentence(path)


def test_provenance_tells_how_a_table_comes_about(result, tmp_path):
    about = json.loads(result.with_suffix(".json").read_text())
    assert about["settings"] == {"datasets": ["one", "two"]}
    assert about["corpora"]["one"]["files"] == 3
    assert about["hyper_parameters"]["epochs"] == settings.EPOCHS
    assert {"torch", "opensmile", "python", "ser_utils"} <= set(about["versions"])
    assert str(tmp_path) not in json.dumps(about | {"command": ""})
