import pandas as pd

from ser_utils import figures, labels


def test_class_balance_bars_are_the_shares():
    table = pd.DataFrame({"emotion": ["anger"] * 3 + ["sadness"]})
    figure = figures.class_balance(labels.balance(table, "arousal"))
    widths = {bar.get_width() for bar in figure.axes[0].patches}
    assert widths == {0.25, 0.75}


def test_outliers_tell_ratios_from_others_and_mark_the_clip():
    table = pd.DataFrame(
        {"share": [0.01, 1.0, 0.2], "farthest": [700.0, 30.0, 5.0]},
        index=["mfcc1_stddevNorm", "loudness", "pitch"],
    )
    figure = figures.outliers(table, 3.0, ["loudness"])
    others, ratios = (dots.get_offsets().tolist() for dots in figure.axes[0].collections)
    assert others == [[1.0, 30.0], [0.2, 5.0]]
    assert ratios == [[0.01, 700.0]]
    assert figure.axes[0].lines[0].get_ydata()[0] == 3.0
    assert [text.get_text() for text in figure.axes[0].texts] == ["loudness"]
