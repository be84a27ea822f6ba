"""Utterances with and without labels, their rows, and their standardisation."""

from dataclasses import replace

import numpy as np

from ser_utils import domains, utterances


def test_rows_are_taken_by_position_whatever_the_index_of_the_table(toy_pair):
    part = toy_pair(speakers=2).source
    shuffled = replace(part, table=part.table.sample(frac=1, random_state=0))
    for rows in (np.array([5, 0, 7]), np.arange(len(part)) % 3 == 0):
        taken = shuffled.take(rows)
        for column in part.table:
            expected = shuffled.table[column].to_numpy()[rows]
            assert taken.table[column].tolist() == expected.tolist()
        np.testing.assert_array_equal(taken.labels, part.labels[rows])
        np.testing.assert_array_equal(taken.features, part.features[rows])


def test_without_labels_all_else_stays(toy_pair):
    part = replace(toy_pair().source, role="target")
    bare = part.unlabelled()
    assert type(bare) is domains.Unlabelled
    assert not hasattr(bare, "labels")
    assert not hasattr(bare, "table")
    assert all(
        getattr(bare, name) is value for name, value in vars(part).items() if name in vars(bare)
    )


def test_a_constant_feature_is_only_centred(toy_pair):
    part = toy_pair().source
    constant = part.features.copy()
    constant[:, 2] = 1e6
    reference = replace(part, features=constant)
    got = utterances.standardiser(reference)(reference).features
    np.testing.assert_array_equal(got[:, 2], 0)
    assert np.isfinite(got).all()
