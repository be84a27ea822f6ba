import json
import re
import urllib.error
import urllib.request
from dataclasses import replace

import numpy as np
import pytest
from made_maps import crowd
from sklearn.metrics import balanced_accuracy_score

from ser_utils import figures
from ser_utils.errors import CacheError
from ser_utils.lessons.headline import EXPLORER
from ser_utils.widgets.explorer import Explorer


def known(page: str) -> dict:
    """What the page knows of utterances and systems."""
    return json.loads(re.search(r'(?s)id="data">(.*?)</script>', page)[1])


def test_the_page_knows_neighbours_groups_and_numbers(explorer, mapped):
    data = known(explorer.page())
    for system, of in zip(data["systems"], mapped.systems.values(), strict=True):
        for row, embedding in enumerate(of.embedding):
            distance = np.linalg.norm(of.embedding - embedding, axis=1)
            found = system["nearest"][row]
            assert row not in found
            others = np.sort(np.delete(distance, row))[:5]
            assert np.allclose(distance[found], others, atol=1e-4)
        assert np.allclose(system["p"], of.probabilities[:, 1], atol=1e-4)
        said = [mapped.class_names[number] for number in system["predicted"]]
        assert said == mapped.predicted(system["title"]).tolist()
        test = mapped.pair.evaluation
        uar = balanced_accuracy_score(test.labels, of.trained.predict(test))
        assert system["numbers"]["uar"] == f"{100 * uar:.1f} %"
    for by, colouring in data["colourings"].items():
        for title, codes in zip(mapped.systems, colouring["codes"], strict=False):
            group, colours = figures.groups(mapped, by, title)
            assert [colouring["names"][code] for code in codes] == group.tolist()
            shown = [colouring["colours"][code] for code in codes]
            assert shown == [colours[name] for name in group]
    assert sorted(data["order"]) == list(range(len(mapped.table)))


@pytest.mark.parametrize("more", [0, 1])
def test_a_prediction_is_that_of_probabilities_before_they_are_rounded(mapped, more):
    system = mapped.systems["DANN"]
    close = np.full_like(system.probabilities, 0.5 - 1e-6)
    close[:, more] = 0.5 + 1e-6
    systems = mapped.systems | {"DANN": replace(system, probabilities=close)}
    of = known(Explorer(replace(mapped, systems=systems)).page())["systems"][1]
    assert set(of["p"]) == {0.5}
    assert set(of["predicted"]) == {more}


def test_what_cannot_be_measured_is_a_dash_and_a_sentence(explorer):
    data = known(explorer.page())  # so few utterances have no 90 neighbours
    assert data["systems"][0]["numbers"]["scaled_lisi"] == "–"
    assert any("24 utterances are too few" in note for note in data["notes"])


def test_a_system_without_predictions_and_a_pair_of_one_language_are_told(mapped):
    silent = replace(mapped.systems["DANN"], probabilities=None)
    mapped.table["language"] = "en"
    page = Explorer(replace(mapped, systems=mapped.systems | {"DANN": silent})).page()
    data = known(page)
    assert "DANN predicts nothing" in " ".join(data["notes"])
    assert "of one language" in " ".join(data["notes"])
    assert (data["systems"][1]["p"], data["systems"][1]["numbers"]["uar"]) == (None, "–")
    assert data["systems"][0]["p"] is not None


def test_no_name_in_a_table_is_markup(mapped):
    name = "</script><script>alert(1)</script>"
    mapped.table["speaker"] = name
    page = Explorer(mapped).page()
    assert known(page)["rows"]["speaker"][0] == name
    assert name not in page


def test_two_thousand_points_are_a_page_of_less_than_5_mb(mapped):
    page = Explorer(crowd(mapped, 2_000)).page()
    assert len(known(page)["rows"]["speaker"]) == 2_000
    assert len(page.encode()) < 5e6


def test_the_page_is_written_with_its_sound_and_what_is_there_is_kept(explorer, tmp_path):
    index = explorer.write(tmp_path, progress=False)
    files = {path.relative_to(tmp_path).as_posix(): path for path in tmp_path.glob("*/*")}
    assert set(files) == set(explorer.media.files)
    assert "http-equiv" not in index.read_text()
    kept, again = (files[name] for name in explorer.media.files[:2])
    kept.write_bytes(b"as it was")
    again.unlink()
    (tmp_path / "sound" / "of_another_run.ogg").touch()
    explorer.write(tmp_path, progress=False)
    assert kept.read_bytes() == b"as it was"
    assert again.exists()
    assert not (tmp_path / "sound" / "of_another_run.ogg").exists()


def test_a_folder_that_cannot_be_written_is_named(explorer, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CacheError, match=r"cannot write .*file"):
        explorer.write(tmp_path / "file", progress=False)


def test_in_a_notebook_this_process_serves_page_and_sound(explorer):
    bundle = explorer._repr_mimebundle_()
    assert EXPLORER in bundle
    (address,) = re.findall(r'iframe src="([^"]*)"', bundle["text/html"])
    with urllib.request.urlopen(address) as answer:
        assert 'id="data"' in answer.read().decode()
    name = next(name for name in explorer.media.files if name.startswith("picture/"))
    with urllib.request.urlopen(address + name) as answer:
        assert answer.read() == explorer.media.content(name)
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(address + "sound/none.ogg")
