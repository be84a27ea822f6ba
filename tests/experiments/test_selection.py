import itertools
from dataclasses import replace

import hand_made_rows
import numpy as np
import pandas as pd
import pytest
from hand_made_rows import PLAIN, at, made

from ser_utils import datasets
from ser_utils.errors import ResultsError
from ser_utils.experiments import selection
from ser_utils.experiments.result_rows import Rows

#: Name and batch norm, recall on held-out source speakers by seed, probe, UAR on the target.
CANDIDATES = [
    ("dann_1_1", "source", [0.80, 0.82, 0.81], 0.95, 0.70),  # the best on the source
    ("dann_5_1", "source", [0.80, 0.81, 0.80], 0.80, 0.60),  # behind by .0067, noise .0033
    ("dann_5_1", "joint", [0.79, 0.84, 0.79], 0.70, 0.65),  # behind by .0033, noise .0120
    ("dann_5_0.3", "joint", [0.70, 0.70, 0.71], 0.50, 0.75),  # has forgotten the emotion
]


def rows_of(candidates=CANDIDATES, **pair) -> Rows:
    return made(
        [
            (
                {"method": method, "batch_norm": norm, "seed": seed, "uar_source": recall}
                | {"language_accuracy": probe, **pair},
                at(uar, f"{pair.get('target', 'de')}-1"),
            )
            for method, norm, recalls, probe, uar in candidates
            for seed, recall in enumerate(recalls)
        ]
    )


def test_the_rule_longhand():
    table = selection.choose(rows_of().table).set_index(["method", "batch_norm"])
    assert table["kept"].to_dict() == {
        ("dann_1_1", "source"): True,
        ("dann_5_1", "source"): False,
        ("dann_5_1", "joint"): True,
        ("dann_5_0.3", "joint"): False,
    }
    assert table.index[table["chosen"]].tolist() == [("dann_5_1", "joint")]
    behind = np.array([0.01, -0.02, 0.02])
    got = table.loc[("dann_5_1", "joint")]
    assert got["behind"] == pytest.approx(behind.mean())
    assert got["noise"] == pytest.approx(behind.std(ddof=1) / np.sqrt(3))


def test_without_a_probe_the_best_recall_is_chosen():
    table = rows_of().table.assign(language_accuracy=np.nan)
    chosen = selection.choose(table).query("chosen")
    assert chosen[["method", "batch_norm"]].to_numpy().tolist() == [["dann_1_1", "source"]]


def test_of_one_seed_only_the_best_is_kept():
    rows = rows_of([(m, n, recalls[:1], probe, uar) for m, n, recalls, probe, uar in CANDIDATES])
    assert selection.choose(rows.table)["kept"].tolist() == [True, True, False, False]


def test_the_rule_reads_no_label_of_the_target():
    """Scores on the target are replaced by what raises when anything is computed with it."""

    class Guard:
        def __getattr__(self, name):
            raise AssertionError("the rule read a score on the target")

        __float__ = __add__ = __radd__ = __lt__ = __gt__ = __eq__ = __hash__ = __getattr__

    table = rows_of().table
    expected = selection.choose(table)
    on_target = ["uar_target", "auc_target", "uar_median", "uar_em"]
    for column in on_target:
        table[column] = pd.Series([Guard()] * len(table), dtype=object)
    pd.testing.assert_frame_equal(selection.choose(table), expected)
    with pytest.raises(AssertionError, match="score on the target"):
        table["uar_target"].sum()
    pd.testing.assert_frame_equal(selection.choose(table.drop(columns=on_target)), expected)


def three_languages() -> Rows:
    """Every pair of three; where "it" takes part, another candidate is best."""
    parts = []
    for source, target in itertools.permutations(("de", "en", "it"), 2):
        swapped = [(m, n, r, 1 - probe, u) for m, n, r, probe, u in CANDIDATES]
        of_pair = swapped if "it" in (source, target) else CANDIDATES
        parts.append(rows_of(of_pair, source=source, target=target))
    rows = pd.concat([part.table for part in parts])
    read = [*PLAIN, "uar_source", "language_accuracy"]
    return made(
        [
            (row, at(uar, f"{row['target']}-1"))
            for row, uar in zip(rows[read].to_dict("records"), rows["uar_target"], strict=True)
        ]
    )


def test_once_for_all_is_chosen_by_the_pairs_without_the_target_on_either_side():
    chosen = selection.choose(three_languages().table, once=True)
    chosen = chosen[chosen["chosen"]].set_index(["source", "target"])
    for target, source in itertools.permutations(("de", "en", "it"), 2):
        # Without "it" only de and en are left; with it, one of the pairs whose probes are swapped.
        expected = ("dann_5_1", "joint") if target == "it" else ("dann_1_1", "source")
        assert tuple(chosen.loc[(source, target), ["method", "batch_norm"]]) == expected


def test_another_corpus_of_the_language_of_the_target_does_not_choose_for_it(monkeypatch):
    """Its pairs would tell of the target: what suits its language suits the target."""
    table = three_languages().table
    names = {"de": "emodb", "en": "ravdess", "it": "emovo"}
    table = table.assign(**{side: table[side].map(names) for side in ("source", "target")})
    twins = []
    for side in ("source", "target"):
        twin = table[table[side] == "emodb"].assign(**{side: "german-of-mine"})
        twins.append(twin.assign(language_accuracy=1 - twin["language_accuracy"]))
    joined = table[(table["source"] == "emodb") & (table["target"] == "emovo")]
    twins.append(joined.assign(source="german-of-mine+ravdess", language_accuracy=0.0))
    both = pd.concat([table, *twins], ignore_index=True)

    def for_emodb(trainings):
        chosen = selection.choose(trainings, once=True)
        own = chosen["source"].isin(names.values()) & (chosen["target"] == "emodb")
        return chosen[own].reset_index(drop=True)

    alone = for_emodb(table)
    assert not for_emodb(both).equals(alone)  # of an unknown corpus we know no language
    german = replace(datasets.CORPORA["emodb"], name="german-of-mine")
    monkeypatch.setitem(datasets.CORPORA, "german-of-mine", german)
    pd.testing.assert_frame_equal(for_emodb(both), alone)


def test_of_two_languages_nothing_is_chosen_once_however_many_corpora():
    table = three_languages().table
    names = {"de": "emodb", "en": "ravdess", "it": "cremad"}
    table = table.assign(**{side: table[side].map(names) for side in ("source", "target")})
    rows = three_languages()._replace(table=table)
    is_pair = table["source"].eq("emodb") | table["target"].eq("emodb")
    chosen = selection.with_chosen(rows.take(np.flatnonzero(is_pair))).table
    assert {"dann_rule", "oracle_dann"} <= set(chosen["method"])
    assert "dann_rule_once" not in set(chosen["method"])


def test_a_source_of_several_that_holds_the_target_is_not_without_it():
    table = three_languages().table
    joined = table[table["source"] == "en"].assign(source="de+en", language_accuracy=0.0)
    joined = joined[joined["target"] == "it"]
    with_joined = pd.concat([table, joined], ignore_index=True)
    before, after = (
        selection.choose(each, once=True).query("target == 'de' and source != 'de+en'")
        for each in (table, with_joined)
    )
    assert len(before)
    pd.testing.assert_frame_equal(before.reset_index(drop=True), after.reset_index(drop=True))


def test_of_sources_of_several_languages_nothing_is_chosen_once():
    """For each target, every other source holds it."""
    parts = [rows_of(source=a, target=b) for a, b in (("en+it", "de"), ("de+it", "en"))]
    parts.append(rows_of(source="de+en", target="it"))
    rows = Rows.joined([part._replace(speakers=["x"]) for part in parts])
    methods = set(selection.with_chosen(rows).table["method"]) - set(rows.table["method"])
    assert methods == {"dann_rule", "oracle_dann"}


def test_chosen_rows_are_rows_that_are_there_under_a_name_of_their_own():
    rows = three_languages()
    got = selection.with_chosen(rows)
    new = got.table[len(rows.table) :]
    assert set(new["batch_norm"]) == {selection.BY_RULE}
    assert set(new["method"]) == {"dann_rule", "dann_rule_once", "oracle_dann"}
    assert (new.groupby(["method", "source", "target"]).size() == 3).all()  # a row per seed
    de_en = {"source": "de", "target": "en"}
    uar = new.groupby(["method", "source", "target"])["uar_target"].mean()
    assert uar[("dann_rule", *de_en.values())] == pytest.approx(0.65)  # dann_5_1, joint
    assert uar[("oracle_dann", *de_en.values())] == pytest.approx(0.75)
    np.testing.assert_array_equal(got.hits[: len(rows.table)], rows.hits)
    hits = got.hits[len(rows.table) :].sum(axis=(1, 2)) / got.totals[len(rows.table) :].sum((1, 2))
    np.testing.assert_allclose(hits, new["uar_target"])


def test_the_baseline_of_the_same_batch_norm_comes_along():
    uars = {"source": 0.5, "joint": 0.6}
    baseline = [("bounded", norm, [0.8] * 3, 0.99, uar) for norm, uar in uars.items()]
    got = selection.with_chosen(rows_of([*CANDIDATES, *baseline])).table
    by_rule = got[got["batch_norm"] == selection.BY_RULE]
    assert by_rule.loc[by_rule["method"] == "bounded", "uar_target"].tolist() == [0.6] * 3


def test_without_candidates_there_is_nothing_to_choose():
    plain = hand_made_rows.grid()
    assert selection.with_chosen(plain) is plain
    with pytest.raises(ResultsError, match="no candidate was trained"):
        selection.choose(plain.table)
    with pytest.raises(ResultsError, match="no pair without the language of de"):
        selection.choose(rows_of().table, once=True)
