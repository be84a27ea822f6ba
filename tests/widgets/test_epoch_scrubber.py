import numpy as np

from ser_utils.widgets.epoch_scrubber import EpochScrubber


def points_of(scrubber, panel: int) -> np.ndarray:
    parts = scrubber.canvas.widget.figure.axes[panel].collections
    return np.concatenate([part.get_offsets() for part in parts])


def test_the_slider_moves_the_points_of_both_panels_to_an_epoch(maps):
    n = len(maps.table)
    by_epoch = {1: np.zeros((n, 2)), 5: np.ones((n, 2)), 30: np.full((n, 2), 9.0)}
    by_epoch[5][0] = (4, 2)
    scrubber = EpochScrubber(by_epoch, maps)
    axes = scrubber.canvas.widget.figure.axes
    limits = axes[0].get_xlim()
    assert np.array_equal(points_of(scrubber, 0), by_epoch[1])
    scrubber.slider.value = 1
    assert np.array_equal(points_of(scrubber, 0), by_epoch[5])
    assert np.array_equal(points_of(scrubber, 1), by_epoch[5])
    assert [ax.get_title() for ax in axes] == ["epoch 5, by language", "epoch 5, by emotion"]
    assert axes[0].get_xlim() == limits
    assert limits[0] < 0 < 9 < limits[1]
    scrubber.close()
    assert scrubber.canvas.widget.comm is None


def test_play_goes_over_all_epochs(maps):
    by_epoch = {epoch: np.full((len(maps.table), 2), float(epoch)) for epoch in (1, 2, 4, 8)}
    scrubber = EpochScrubber(by_epoch, maps)
    assert scrubber.play.max == scrubber.slider.max == 3
