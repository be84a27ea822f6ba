import numpy as np
import pandas as pd

from ser_utils.datasets.audit import between
from ser_utils.datasets.audit.measures import MEASURES


def two_corpora(**shifts):
    """Descriptions of two corpora of four speakers that differ by shifts of measures."""
    rng, n = np.random.default_rng(0), 80
    rows = pd.DataFrame({name: rng.normal(size=2 * n) * MEASURES[name].step for name in MEASURES})
    rows *= 10
    second = np.arange(2 * n) >= n
    for name, shift in shifts.items():
        rows.loc[second, name] += shift
    speakers = np.arange(2 * n) // 20
    rows = rows.assign(path=[f"{i}.wav" for i in range(2 * n)], speaker=speakers.astype(str))
    return rows, pd.Series(np.where(second, "b", "a"))


def test_measures_that_differ_tell_corpora_apart_and_no_others():
    measures, (finding,) = between.compare(*two_corpora(noise_floor=100, trailing=3))
    assert measures["measure"].tolist()[:2] == ["noise floor", "trailing silence"]
    assert (measures["told apart"].iloc[:2] > 0.85).all()
    assert (measures["told apart"].iloc[2:] < 0.7).all()
    assert [case.what.split(":")[0] for case in finding.where] == [
        "trailing silence",
        "noise floor",
    ]


def test_corpora_of_one_kind_are_not_told_apart():
    measures, found = between.compare(*two_corpora())
    assert found == []
    assert measures["told apart"].between(0.3, 0.7).all()


def test_a_measure_that_is_constant_tells_nothing():
    rows, sides = two_corpora()
    measures, _ = between.compare(rows.assign(bits=16), sides)
    assert measures.set_index("measure").loc["bit depth", "told apart"] == 0.5


def test_files_without_speakers_are_speakers_of_their_own():
    rows, sides = two_corpora(level=100)
    measures, _ = between.compare(rows.drop(columns="speaker"), sides)
    assert measures["told apart"].iloc[0] == 1
