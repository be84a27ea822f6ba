import math

import numpy as np
import pytest

from ser_utils.errors import ResultsError
from ser_utils.experiments import result_rows
from ser_utils.experiments.result_rows import Key, Score
from ser_utils.experiments.streamed import StreamedRows, Table

SPEAKERS = ["de-0", "de-1", "en-0"]


def key(seed: int, **changes) -> Key:
    usual = Key("en", "de", "arousal", "source", "none", "running", "dann", "egemaps", "", seed)
    return usual._replace(protocol="transductive", **changes)


def score(hits: int) -> Score:
    return Score(
        epochs=30,
        uar_source=math.nan,
        uar_target=0.625,
        uar_majority=0.5,
        language_accuracy=0.75,
        seconds=1.234,
        auc_target=0.75,
        uar_median=0.5,
        uar_em=0.25,
        recognised={"de-1": (hits, 4, 1, 2)},
        placed={"de-1": (2.25, 1.5)},
    )


def stream(path, keys, speakers=SPEAKERS) -> StreamedRows:
    return StreamedRows(result_rows.tables(path, speakers), keys)


KEYS = [key(seed) for seed in range(4)]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "deep" / "result.csv"


def test_what_is_appended_is_read_back(path):
    file = stream(path, KEYS)
    file.append({KEYS[0]: score(3), KEYS[1]: score(2)})
    rows = result_rows.read(path)
    assert list(rows.table.columns) == [
        *("source", "target", "task", "normalise", "batch_norm", "statistics", "method"),
        *("features", "protocol", "seed", "epochs", "uar_source", "uar_target", "uar_majority"),
        *("language_accuracy", "seconds", "auc_target", "uar_median", "uar_em"),
    ]
    assert rows.table["seed"].tolist() == [0, 1]
    assert rows.table["uar_target"].tolist() == [0.625, 0.625]
    assert rows.table["uar_source"].isna().all()
    assert rows.speakers == SPEAKERS
    np.testing.assert_array_equal(rows.hits[:, 1], [[3, 1], [2, 1]])
    np.testing.assert_array_equal(rows.totals[:, 1], [[4, 2], [4, 2]])
    np.testing.assert_array_equal(rows.placed[:, 1], [[2.25, 1.5], [2.25, 1.5]])
    assert rows.table[["auc_target", "uar_median"]].iloc[0].tolist() == [0.75, 0.5]
    assert not rows.totals[:, [0, 2]].any()


@pytest.mark.parametrize(("lacking", "n"), [(["uar_em"], 1), (["auc_target", "uar_em"], 3)])
def test_what_a_file_of_an_earlier_version_lacks_is_nan(path, lacking, n):
    stream(path, KEYS).append({KEYS[0]: score(3)})
    lines = [line.split(",")[:-n] for line in path.read_text().splitlines()]
    path.write_text("".join(",".join(line) + "\n" for line in lines))
    table = result_rows.read(path).table
    assert table[lacking].isna().all(axis=None)
    assert table["uar_target"].tolist() == [0.625]
    path.write_text("".join(",".join(line[:-1]) + "\n" for line in lines))
    with pytest.raises(ResultsError, match="other columns"):
        result_rows.read(path)


def test_a_row_is_never_there_twice(path):
    file = stream(path, KEYS)
    file.append({KEYS[0]: score(3)})
    file.append({KEYS[0]: score(1), KEYS[1]: score(1)})
    again = stream(path, KEYS)
    assert again.done == {KEYS[0], KEYS[1]}
    assert result_rows.read(path).hits[:, 1, 0].tolist() == [3, 1]


def test_numbers_of_other_experiments_keep_their_digits(path):
    file = StreamedRows([Table(path, ["a", "b", "c"])], KEYS)
    file.append({KEYS[0]: (0.1234567, math.nan, 3), KEYS[1]: np.float64([1e-4, 1.0, 0.0])})
    lines = [line.split(",")[-3:] for line in path.read_text().splitlines()]
    assert lines == [["a", "b", "c"], ["0.1234567", "", "3.0"], ["0.0001", "1.0", "0.0"]]
    assert StreamedRows([Table(path, ["a", "b", "c"])], KEYS).done == {KEYS[0], KEYS[1]}


def test_sorted_in_the_order_of_the_experiment_whichever_finished_first(path):
    file = stream(path, KEYS)
    for k in (KEYS[2], KEYS[0], KEYS[1]):
        file.append({k: score(k.seed)})
    file.sort()
    assert result_rows.read(path).table["seed"].tolist() == [0, 1, 2]
    assert result_rows.read(path).hits[:, 1, 0].tolist() == [0, 1, 2]


@pytest.mark.parametrize("cut", ["scores", "speakers"])
def test_a_kill_at_any_byte_of_a_row_loses_that_row_only(path, cut):
    file = stream(path, KEYS)
    file.append({KEYS[0]: score(1)})
    other = result_rows.speakers_file(path)
    before = path.read_bytes(), other.read_bytes()
    file.append({KEYS[1]: score(2)})
    whole = path.read_bytes(), other.read_bytes()
    # Speakers are written first: a kill while the scores are written finds them complete.
    which, victim = (0, path) if cut == "scores" else (1, other)
    for length in range(len(before[which]), len(whole[which])):
        path.write_bytes(before[0])
        other.write_bytes(whole[1])
        victim.write_bytes(whole[which][:length])
        again = stream(path, KEYS)
        assert again.done == {KEYS[0]}
        assert (path.read_bytes(), other.read_bytes()) == before
    again.append({KEYS[1]: score(2)})
    assert (path.read_bytes(), other.read_bytes()) == whole


def test_an_experiment_may_grow_but_not_change(path):
    stream(path, KEYS).append({KEYS[3]: score(1)})
    assert stream(path, [*KEYS, key(4)]).done == {KEYS[3]}
    with pytest.raises(ResultsError, match=r"another experiment .*Choose another --out"):
        stream(path, KEYS[:3])
    with pytest.raises(ResultsError, match="other columns"):
        stream(path, KEYS, ["fr-0"])


def test_other_files_are_left_alone(tmp_path):
    notes = tmp_path / "notes.csv"
    notes.write_text("a,b\n1,2\n")
    with pytest.raises(ResultsError, match="other columns"):
        stream(notes, KEYS)
    assert notes.read_text() == "a,b\n1,2\n"


def test_what_cannot_be_read_is_one_clear_line(path):
    with pytest.raises(ResultsError, match=r"result\.csv cannot be read"):
        result_rows.read(path)
    file = stream(path, KEYS)
    file.append({KEYS[0]: score(1)})
    result_rows.speakers_file(path).unlink()
    with pytest.raises(ResultsError, match="_speakers"):
        result_rows.read(path)
    stream(path.with_name("other.csv"), KEYS)
    result_rows.speakers_file(path.with_name("other.csv")).rename(result_rows.speakers_file(path))
    with pytest.raises(ResultsError, match="different rows"):
        result_rows.read(path)


@pytest.mark.parametrize("cell", ["", "nan", "inf", "-inf", "none"])
@pytest.mark.parametrize("column", result_rows.SCORES)
def test_a_row_without_a_score_is_named(path, column, cell):
    stream(path, KEYS).append({k: score(1) for k in KEYS})
    lines = [line.split(",") for line in path.read_text().splitlines()]
    for line in lines[3:]:
        line[lines[0].index(column)] = cell
    path.write_text("".join(",".join(line) + "\n" for line in lines))
    if column in ("uar_source", "language_accuracy") and cell in ("", "nan"):  # not measured
        assert result_rows.read(path).table[column].isna().tolist()[2:] == [True, True]
        return
    with pytest.raises(
        ResultsError, match=rf"result\.csv: 2 of 4 rows .* as {column}, first '{cell}' in line 4\."
    ):
        result_rows.read(path)


@pytest.mark.parametrize("cell", ["nan/4 1/2", "1/4", "1.5/4 1/2"])
def test_counts_that_are_none_are_refused(path, cell):
    stream(path, KEYS).append({KEYS[0]: score(1)})
    counts = result_rows.speakers_file(path)
    counts.write_text(counts.read_text().replace("1/4 1/2", cell))
    with pytest.raises(ResultsError, match=r"result_speakers\.csv: a cell holds no counts"):
        result_rows.read(path)
