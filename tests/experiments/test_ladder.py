import itertools
import json

import numpy as np
import pandas as pd
import pytest
from hand_made_rows import at, made

from ser_utils.__main__ import main
from ser_utils.errors import ResultsError
from ser_utils.experiments import ladder, provenance, result_rows, selection
from ser_utils.experiments.ladder import NEEDED, RUNGS, Ladder
from ser_utils.experiments.result_rows import KEY, SCORES, Key, Rows, Score
from ser_utils.experiments.streamed import StreamedRows

ONE = [("en", "de"), ("it", "de"), ("de", "en"), ("it", "en")]
SEVERAL = [("en+it", "de"), ("de+it", "en")]
#: UAR on "de" in arousal. Of the candidates the rule takes the one that the probe knows least.
UAR = {rung: 0.5 + i / 50 for i, rung in enumerate(NEEDED)}
CHOSEN = "dann_1_1"


def trainings(rung):
    """On "en" six points less, on valence two points more."""
    for (source, target), task, seed in itertools.product(
        SEVERAL if rung.several else ONE, ["arousal", "valence"], range(2)
    ):
        uar = UAR[rung] - 0.06 * (target == "en") + 0.02 * (task == "valence")
        keys = {"source": source, "target": target, "task": task, "seed": seed}
        probe = {"language_accuracy": 0.6 if rung.entry.method == CHOSEN else 0.9}
        speakers = [f"{target}-{i}" for i in range(3)]
        yield rung.entry._asdict() | keys | probe, at(uar, *speakers)


def rows(needed=NEEDED) -> Rows:
    of = made([training for rung in needed for training in trainings(rung)])
    # A candidate is a rung as well.
    return of.take(np.flatnonzero(~of.table.duplicated(list(KEY))))


def mean(rung) -> float:
    return UAR[rung] - 0.03 + 0.01


def test_each_rung_is_the_mean_over_targets_sources_and_tasks():
    of = rows()._replace(table=rows().table.assign(uar_em=np.nan))  # as of an earlier version
    made_of = Ladder(selection.with_chosen(of), replicates=50)
    table = ladder.table(made_of).set_index("rung")
    assert table.index.tolist() == list(RUNGS)
    expected = {name: mean(rung) for name, rung in RUNGS.items() if name != "rule"}
    (chosen,) = (r for r in NEEDED if r.entry.method == CHOSEN)
    expected["rule"] = mean(chosen)
    assert table["uar"].to_dict() == pytest.approx({n: 100 * u for n, u in expected.items()})
    # What is only right or wrong ranks as it is recognised.
    np.testing.assert_allclose(table["auc"], table["uar"])
    np.testing.assert_allclose(table["uar_de"] - table["uar_en"], 6.0)
    assert table["uar_em"].isna().all()
    # Speakers and seeds are alike here: what is drawn are the two targets.
    np.testing.assert_allclose(table["low"], table["uar_en"])
    np.testing.assert_allclose(table["auc_high"], table["uar_de"])

    for name, rung in RUNGS.items():
        step = expected[name] - expected[rung.over] if rung.over else np.nan
        for column in ("gain", "gain_low", "auc_gain", "auc_gain_high"):  # both targets move alike
            assert table.loc[name, column] == pytest.approx(100 * step, nan_ok=True), name
    assert table["over"].tolist() == [rung.over for rung in RUNGS.values()]

    room = expected["ceiling"] - expected["naive"]
    closed = (expected["rule"] - expected["naive"]) / room
    told = ladder.headline(made_of, ladder.table(made_of))
    for name in ("value", "low", "high"):  # both targets have one and the same gap
        assert told["gap_closed"][name] == pytest.approx(100 * closed, abs=0.01)
    alone = (expected["languages_speaker"] - expected["naive"]) / room
    assert told["gap_closed_source_only"]["value"] == pytest.approx(100 * alone, abs=0.01)
    assert told["rungs"]["naive"]["uar"] == told["naive"]


@pytest.mark.parametrize(
    ("lacks", "is_lacking"),
    [
        (
            lambda table: (
                table["normalise"].eq("speaker") & ~table["source"].str.contains("+", regex=False)
            ),
            lambda rung: rung.entry.normalise == "speaker" and not rung.several,
        ),
        (
            lambda table: table["method"].eq("dann_5_0.3"),
            lambda rung: rung.entry.method == "dann_5_0.3",
        ),
        (
            lambda table: table["method"].eq("unclipped") & table["task"].eq("valence"),
            lambda rung: rung.entry.method == "unclipped",
        ),
        (
            lambda table: table["method"].eq("supervised") & table["source"].eq("it"),
            lambda rung: rung.entry.method == "supervised",
        ),
        (
            lambda table: table["source"].str.contains("+", regex=False) & table["target"].eq("en"),
            lambda rung: rung.several,
        ),
    ],
)
def test_what_is_not_there_is_named_with_the_command_that_trains_it(lacks, is_lacking):
    of = rows()
    titles = "; ".join(dict.fromkeys(rung.title for rung in NEEDED if is_lacking(rung)))
    with pytest.raises(ResultsError, match="`make reproduce ladder`") as error:
        Ladder(of.take(np.flatnonzero(~lacks(of.table))))
    assert f"the ladder lacks rungs, or targets and tasks of them ({titles}): " in str(error.value)


def test_without_any_file_all_rungs_are_named():
    with pytest.raises(ResultsError, match="`make reproduce ladder`") as error:
        ladder.read([])
    assert all(rung.title in str(error.value) for rung in NEEDED)


def write(path, of: Rows, **about) -> None:
    """Write the files of an experiment, as they were before `uar_em`."""
    scores = {}
    for i, line in enumerate(of.table.to_dict("records")):
        counts = np.stack([of.hits[i], of.totals[i]], axis=-1).reshape(-1, 4).tolist()
        there = {n: c for n, c in zip(of.speakers, counts, strict=True) if any(c)}
        placed = {n: tuple(p) for n, p in zip(of.speakers, of.placed[i], strict=True)}
        values = [line[name] for name in SCORES]
        scores[Key(*(line[name] for name in KEY))] = Score(*values, there, placed)
    usual = {"settings": {}, "hyper_parameters": {"epochs": 30}, "corpora": {"de": "one copy"}}
    provenance.write(path, usual | {"command": f"reproduce {path.stem}"} | about)
    StreamedRows(result_rows.tables(path, of.speakers), list(scores)).append(scores)
    lines = path.read_text().splitlines()
    path.write_text("".join(line.rpartition(",")[0] + "\n" for line in lines))


@pytest.fixture
def files(tmp_path):
    """A file of one source language, and one of several."""
    paths = [tmp_path / f"{name}.csv" for name in ("one", "several")]
    for path, several in zip(paths, (False, True), strict=True):
        write(path, rows([rung for rung in NEEDED if rung.several == several]))
    return paths


def test_files_are_read_together_and_told_apart(files):
    read, whole = ladder.read(files), rows().table
    keys = set(read.table[list(KEY)].itertuples(index=False, name=None))
    assert keys > set(whole[list(KEY)].itertuples(index=False, name=None))
    assert {"dann_rule", CHOSEN} <= set(read.table["method"])
    assert len(ladder.read([*files, files[0]]).table) == len(read.table) == len(keys)
    for about in ({"hyper_parameters": {"epochs": 2}}, {"corpora": {"de": "another copy"}}):
        other = files[0].with_name("other.csv")
        write(other, rows(NEEDED[:1]), **about)
        with pytest.raises(ResultsError, match=r"other.csv is of other settings, corpora or"):
            ladder.read([files[0], other])
        other.unlink()
        result_rows.speakers_file(other).unlink()


def test_the_command_writes_the_table_and_what_is_told_of_it(files, tmp_path, capsys):
    out = tmp_path / "ladder.csv"
    assert main(["ladder", *map(str, files), "--out", str(out)]) == 0
    table = pd.read_csv(out)
    assert table["rung"].tolist() == list(RUNGS)
    told = json.loads(out.with_suffix(".json").read_text())
    assert told["files"] == {str(path): f"reproduce {path.stem}" for path in files}
    assert told["rungs"]["rule"]["uar_em"] is None
    assert told["ceiling"] == table["uar"].iloc[-1]
    assert told["gap_closed"]["value"] > 0
    assert out.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    assert "by speaker, source-only" in capsys.readouterr().out
    assert main(["ladder", str(files[0]), "--out", str(out)]) != 0
    assert "`make reproduce ladder`" in capsys.readouterr().err
