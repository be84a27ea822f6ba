import itertools
import json
import re

import hand_made_rows
import numpy as np
import pytest
from hand_made_rows import at, made

from ser_utils.errors import ResultsError
from ser_utils.experiments import paper_table, standings, summary
from ser_utils.experiments.standings import BY_RULE, Entry, Standings

#: UAR on the target and recall on the source of what takes part, in each pair, task and seed.
PARTS = {
    Entry("unclipped"): 0.50,
    Entry("baseline"): 0.55,
    Entry("median"): 0.62,
    Entry("baseline", batch_norm="joint"): 0.58,
    Entry("bounded", batch_norm="joint"): 0.57,
    Entry("dann_1_1", batch_norm="joint"): 0.60,
    Entry("dann_5_1", batch_norm="joint"): 0.66,
    Entry("baseline", "dataset"): 0.61,
    Entry("dann_5_1", "dataset", "joint"): 0.70,
    Entry("dann_rule", batch_norm=BY_RULE): 0.66,
    Entry("bounded", batch_norm=BY_RULE): 0.57,
}


@pytest.fixture
def whole() -> Standings:
    """Three pairs; the second task is five points better, the pair it -> de four points worse."""
    pairs = [("en", "de"), ("it", "de"), ("de", "en")]
    trainings = []
    for (entry, uar), (source, target), task, seed in itertools.product(
        PARTS.items(), pairs, ["arousal", "valence"], range(2)
    ):
        keys = entry._asdict() | {"source": source, "target": target, "task": task, "seed": seed}
        lowered = uar + 0.05 * (task == "valence") - 0.04 * (source == "it") * (uar > 0.6)
        counts = {
            name: count for i in (1, 2, 3) for name, count in at(lowered, f"{target}-{i}").items()
        }
        trainings.append((keys, counts))
    return Standings(made(trainings), replicates=50)


def test_gains_are_those_of_the_summary():
    """Within one cell both compare the same systems on the same draws."""
    rows = hand_made_rows.grid()
    (line,) = (
        summary.table(rows, replicates=100)
        .query("source == 'mean' and task == 'mean' and batch_norm == 'source'")
        .to_dict("records")
    )
    got = Standings(rows, replicates=100).gain(Entry("dann"), Entry("baseline"))
    for name, column in {
        "gain": "gain",
        "low": "gain_low",
        "high": "gain_high",
        "low_pairs": "gain_low_pairs",
        "high_pairs": "gain_high_pairs",
    }.items():
        assert got[name] == pytest.approx(100 * line[column], abs=0.006), name
    assert (got["pairs"], got["pairs_that_gain"]) == (line["pairs"], line["pairs_that_gain"])
    assert got["gain"] == pytest.approx(
        np.mean([t["gain"] for t in got["tasks"].values()]), abs=0.01
    )


def test_the_headline_longhand(whole):
    got = standings.headline(whole)
    assert got["paper"]["gain"] == pytest.approx(11 - 4 / 3, abs=0.01)
    assert got["same_batch_norm"]["gain"] == pytest.approx(9 - 4 / 3, abs=0.01)
    # The median is better than dataset normalisation; both lose four points on it -> de.
    assert got["free_opponent"]["opponent"]["method"] == "median"
    assert got["free_opponent"]["gain"] == pytest.approx(4.0, abs=0.01)
    assert got["auc"]["gain"] == pytest.approx(11 - 4 / 3, abs=0.01)  # ranks as it is recognised
    assert got["paper"]["tasks"].keys() == {"arousal", "valence"}
    assert got["paper"]["pairs"] == got["paper"]["pairs_that_gain"] == 3

    lines = paper_table.comparisons(got).splitlines()[2:]
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    assert [line[1] for line in cells] == ["both", "arousal", "valence"] * 4
    for line, name in ((0, "paper"), (6, "free_opponent")):
        gain, low, high = re.findall(r"[+-]\d+\.\d", cells[line][2])
        of = got[name]
        expected = [of["gain"], of["low"], of["high"]]
        assert [float(gain), float(low), float(high)] == pytest.approx(expected, abs=0.06)
        assert cells[line][4] == f"{of['pairs_that_gain']} of 3"


def few_speakers(targets) -> Standings:
    """The same systems on targets of so many speakers by name, the source "it"."""
    trainings = [
        (entry._asdict() | {"source": "it", "target": target}, at(uar, *names))
        for entry, uar in PARTS.items()
        for target, n in targets.items()
        for names in [[f"{target}-{i}" for i in range(n)]]
    ]
    return Standings(made(trainings), replicates=100)


@pytest.mark.parametrize(
    ("targets", "fixed", "drawn"),
    [
        ({"de": 3, "en": 3}, True, True),
        ({"de": 3, "en": 1}, False, True),
        ({"de": 1, "en": 1}, False, False),
    ],
)
def test_a_gain_on_too_few_speakers_has_no_interval(targets, fixed, drawn):
    of = few_speakers(targets)
    table, head = standings.table(of), standings.headline(of)
    gains = table[table["gain"].notna()]
    assert gains["low"].notna().tolist() == gains["high"].notna().tolist() == [fixed] * len(gains)
    assert gains["low_pairs"].notna().tolist() == [drawn] * len(gains)
    json.dumps(head, allow_nan=False)
    for told in (head["paper"], head["paper"]["tasks"]["arousal"], head["free_opponent"]):
        assert (told["low"] is None, told["low_pairs"] is None) == (not fixed, not drawn)
    assert bool(re.search(r"\d \[", paper_table.comparisons(head))) == fixed
    text, note = paper_table.standings(table), "No interval: fewer than 3 speakers in a target."
    assert (note in text) == (not fixed)
    assert "nan" not in text


def test_a_step_of_the_waterfall_is_over_the_one_before(whole):
    got = standings.waterfall(whole)
    assert list(got.index) == list(standings.WATERFALL)
    np.testing.assert_allclose(got["gain"][1:], np.diff(got["uar"]), atol=0.01)
    assert got["uar"].iloc[0] == pytest.approx(52.5)
    assert np.isnan(got["gain"].iloc[0])


def test_the_table_has_every_entry_once_with_its_gain(whole):
    table = standings.table(whole).set_index(list(Entry._fields))
    assert len(table) == len(PARTS)
    assert list(table.index[:1]) == [Entry("baseline")]
    reference = table.loc[[tuple(Entry("baseline"))]].iloc[0]
    assert np.isnan(reference["gain"])
    np.testing.assert_allclose(table["gain"].fillna(0), table["uar"] - reference["uar"], atol=0.01)
    assert table["language_accuracy"].tolist() == pytest.approx([90.0] * len(PARTS))


def test_entries_without_a_pair_in_common_are_refused():
    rows = made([({"source": "a"}, at(0.6)), ({"source": "b", "method": "dann"}, at(0.7))])
    with pytest.raises(ResultsError, match="no pair in common"):
        Standings(rows, replicates=5).gain(Entry("dann"), Entry("baseline"))


def test_the_story_is_of_some_lines_in_its_own_order(whole):
    table = standings.table(whole)
    story = standings.story(table)
    entries = [Entry(*names) for names in story[list(Entry._fields)].to_numpy()]
    assert entries == [entry for entry in standings.STORY if entry in PARTS]
    assert entries[0] == standings.PAPER_BASELINE
    assert len(entries) < len(table)
    lines = table.set_index(list(Entry._fields))
    for entry, uar in zip(entries, story["uar"], strict=True):
        assert lines.loc[entry, "uar"] == uar
