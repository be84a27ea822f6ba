import re

import hand_made_rows
import numpy as np
import pandas as pd
import pytest
from hand_made_rows import at, longhand, made, of_gains
from scipy import stats

from ser_utils.errors import ResultsError, SerWarning
from ser_utils.experiments import paper_table, resampling, summary
from ser_utils.experiments.result_rows import Rows


@pytest.fixture
def grid() -> Rows:
    return hand_made_rows.grid()


def lines(table: pd.DataFrame, **settings) -> pd.DataFrame:
    return table[(table[list(settings)] == pd.Series(settings)).all(axis=1)]


def test_table_of_a_cell_longhand(grid):
    table = summary.table(grid, replicates=200, seed=3)
    cell = {"task": "valence", "batch_norm": "source"}
    pair = lines(table, **cell, source="it", target="de").iloc[0]
    mean = lines(table, **cell, source="mean", target="mean").iloc[0]
    scores = resampling.Resampling(grid, 200, seed=3)
    with_pairs = resampling.Resampling(grid, 200, seed=3, over=summary.FACTORS)
    for line, of in ((pair, {"source": "it", "target": "de"}), (mean, {})):
        for measure, prefix in (("uar", ""), ("accuracy", "accuracy_")):
            for column, method in (("baseline",) * 2, ("dann",) * 2, ("ceiling", "supervised")):
                expected = longhand(grid, measure, **cell, **of, method=method)
                assert line[prefix + column] == pytest.approx(np.mean(expected))
            sampled = {
                m: scores.score(m, **cell, **of, measure=measure) for m in ("baseline", "dann")
            }
            gain = (sampled["dann"] - sampled["baseline"]).estimate()
            found = line[[f"{prefix}gain", f"{prefix}gain_low", f"{prefix}gain_high"]]
            assert list(found) == pytest.approx([gain.value, gain.low, gain.high])
        without = cell | {"batch_norm": "none"}
        norm = scores.score("dann", **cell, **of) - scores.score("dann", **without, **of)
        assert line["batch_norm_gain"] == pytest.approx(norm.value)
        assert line["batch_norm_gain_low"] == pytest.approx(norm.estimate().low)
    wide = with_pairs.score("dann", **cell) - with_pairs.score("baseline", **cell)
    assert mean["gain_low_pairs"] == pytest.approx(wide.estimate().low)
    assert mean["gain_high_pairs"] == pytest.approx(wide.estimate().high)
    assert np.isnan(pair["gain_low_pairs"])
    assert (pair["pairs"], mean["pairs"], mean["seeds"]) == (1, 4, 3)
    assert mean["uar_majority"] == 0.5
    assert mean["uar_source_dann"] == pytest.approx(0.7)
    assert mean["language_accuracy_baseline"] == pytest.approx(0.9)


def test_mean_over_tasks_is_the_grand_average(grid):
    table = summary.table(grid, replicates=50)
    for names in (("mean", "mean"), ("it", "de")):
        of = {"source": names[0], "target": names[1], "batch_norm": "source"}
        both = lines(table, **of).set_index("task")
        assert set(both.index) == {"arousal", "valence", "mean"}
        for column in ("baseline", "dann", "gain", "ceiling", "accuracy_gain"):
            expected = both.loc[["arousal", "valence"], column].mean()
            assert both.loc["mean", column] == pytest.approx(expected)
    every = lines(table, task="mean", batch_norm="source").set_index(["source", "target"])
    of_pairs = every["gain"].drop(("mean", "mean"))
    grand = every.loc[("mean", "mean")]
    assert (grand["pairs"], grand["pairs_that_gain"]) == (4, (of_pairs > 0).sum())


def test_mean_over_tasks_takes_pairs_that_have_both():
    arousal, valence = of_gains([0.1, 0.3], task="arousal"), of_gains([0.2], task="valence")
    rows = Rows.joined([arousal, valence])
    grand = lines(summary.table(rows, replicates=10), task="mean", source="mean").iloc[0]
    assert (grand["gain"], grand["pairs"]) == (pytest.approx(0.15), 1)


def test_rows_are_ordered_as_the_package_lists_names(grid):
    backwards = grid.take(np.arange(len(grid.table))[::-1])
    table = summary.table(backwards, replicates=10)
    assert list(table["task"].unique()) == ["arousal", "valence", "mean"]
    assert list(table["batch_norm"].unique()) == ["none", "source"]
    first = table[:5][["source", "target"]].to_numpy().tolist()
    assert first == [["de", "en"], ["en", "de"], ["it", "de"], ["it", "en"], ["mean", "mean"]]
    pd.testing.assert_frame_equal(table, summary.table(grid, replicates=10))


@pytest.mark.parametrize(
    ("gains", "p"),
    [
        ([0.01, 0.02, 0.03, 0.04, 0.05, 0.06], 2 / 2**6),  # all on one side
        ([-0.01, 0.02, 0.03, 0.04, 0.05, 0.06], 4 / 2**6),  # or only the smallest is not
        ([0.01, 0.02, 0.03, 0.04], np.nan),
        ([0.0] * 6, np.nan),
    ],
)
def test_wilcoxon_over_pairs(gains, p):
    mean = lines(summary.table(of_gains(gains), replicates=10), source="mean").iloc[0]
    assert mean["wilcoxon_p"] == pytest.approx(p, nan_ok=True)
    assert mean["pairs_that_gain"] == sum(gain > 0 for gain in gains)


def test_wilcoxon_is_that_of_scipy():
    gains = np.random.default_rng(0).normal(0.02, 0.05, 12)
    assert summary.wilcoxon_p(gains) == stats.wilcoxon(gains).pvalue


@pytest.mark.parametrize(
    ("ceiling", "share"), [(0.8, 0.25), (0.625, 2.0), (0.6, np.nan), (0.5, np.nan), (None, np.nan)]
)
def test_gap_that_is_closed(ceiling, share):
    """The gains, 0.02 and 0.08, are 0.05 on average; a ceiling no higher leaves no gap."""
    mean = lines(summary.table(of_gains([0.02, 0.08], ceiling), replicates=10), source="mean")
    assert mean["gap_closed"].item() == pytest.approx(share, nan_ok=True)
    assert mean["ceiling"].item() == pytest.approx(
        np.nan if ceiling is None else ceiling, nan_ok=True
    )


def test_pairs_that_differ_make_the_interval_over_pairs_wider():
    mean = lines(summary.table(of_gains([-0.1, 0.0, 0.1, 0.2])), source="mean").iloc[0]
    assert mean["gain_high"] - mean["gain_low"] == pytest.approx(0)  # all speakers alike
    assert mean["gain_low_pairs"] < 0 < mean["gain_high_pairs"]


def with_a_speaker_alone() -> Rows:
    """Gains of 10 points on "de", of three speakers, and of 20 on "en", of one."""
    trainings = []
    for target, gain in (("de", 0.1), ("en", 0.2)):
        names = hand_made_rows.SPEAKERS[target][: 3 if target == "de" else 1]
        pair = {"source": "it", "target": target}
        trainings += [
            (pair, at(0.6, *names)),
            (pair | {"method": "dann"}, at(0.6 + gain, *names)),
            (pair | {"method": "supervised"}, at(0.9, *names)),
        ]
    return made(trainings)


def test_what_holds_a_target_of_one_speaker_has_no_interval_over_speakers():
    table = summary.table(with_a_speaker_alone(), replicates=500).set_index("target")
    assert table["gain"].tolist() == pytest.approx([0.1, 0.2, 0.15])
    for column in ("baseline", "dann", "gain", "ceiling", "accuracy_dann", "accuracy_gain"):
        for end in ("low", "high"):
            assert table[f"{column}_{end}"].isna().tolist() == [False, True, True]
    assert table.loc["mean", ["gain_low_pairs", "gain_high_pairs"]].tolist() == pytest.approx(
        [0.1, 0.2]
    )
    assert summary.without_interval(table.reset_index()) == (
        "No interval: fewer than 3 speakers in en."
    )
    assert summary.without_interval(summary.table(of_gains([0.1]), replicates=10)) == ""


def test_pairs_that_share_one_speaker_have_no_interval_over_pairs_either():
    rows = of_gains([0.1, 0.2])
    alone = rows._replace(
        totals=np.where(np.arange(3)[:, None] < 1, rows.totals, 0),
        hits=np.where(np.arange(3)[:, None] < 1, rows.hits, 0),
    )
    assert summary.table(rows, replicates=10)["gain_low_pairs"].notna().any()
    assert summary.table(alone, replicates=10)["gain_low_pairs"].isna().all()


def test_papers_and_readmes_say_that_there_is_no_interval():
    note = "No interval: fewer than 3 speakers in en."
    table = summary.table(with_a_speaker_alone(), replicates=100)
    for write in (paper_table.markdown, paper_table.latex, paper_table.overview):
        assert note in write(table)
        assert "nan" not in write(table)
        assert note not in write(summary.table(of_gains([0.1, 0.2]), replicates=10))
    cells = paper_table.overview(table).splitlines()[2]
    assert re.search(r"\| \+15\.0 +\| \[\+10\.0, \+20\.0\] .* not certain", cells)


def test_without_a_run_without_batch_norm_its_gain_is_unknown():
    table = summary.table(of_gains([0.1, 0.2]), replicates=10)
    assert table["batch_norm_gain"].isna().all()
    assert "with and without" not in paper_table.markdown(table)


def test_trainings_without_a_partner_are_left_out():
    """The second seed has no DANN yet: its bad baseline must not count."""
    rows = made([({}, at(0.6)), ({"method": "dann"}, at(0.7)), ({"seed": 1}, at(0.1))])
    with pytest.warns(SerWarning, match="1 of 3 trainings of baseline or dann") as caught:
        table = summary.table(rows, replicates=10)
    assert caught[0].filename == __file__
    assert table["gain"].tolist() == pytest.approx([0.1, 0.1])
    assert table["seeds"].tolist() == [1, 1]


@pytest.mark.parametrize("method", ["baseline", "dann", "supervised"])
def test_nothing_to_compare(method):
    rows = made([({"method": method}, at(0.6))])
    with pytest.raises(ResultsError, match="nothing to compare"):
        summary.table(rows)
