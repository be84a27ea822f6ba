import pandas as pd

from ser_utils import figures, labels


def test_class_balance_bars_are_the_shares():
    table = pd.DataFrame({"emotion": ["anger"] * 3 + ["sadness"]})
    figure = figures.class_balance(labels.balance(table, "arousal"))
    widths = {bar.get_width() for bar in figure.axes[0].patches}
    assert widths == {0.25, 0.75}
