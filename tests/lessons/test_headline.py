from types import SimpleNamespace

import pandas as pd

from ser_utils.evaluation import Comparison
from ser_utils.lessons import headline
from ser_utils.metrics import Estimate


def test_the_comparison_is_displayed_with_its_numbers(monkeypatch):
    def domain(*datasets):
        return SimpleNamespace(table=pd.DataFrame({"dataset": datasets}))

    pair = SimpleNamespace(
        source=domain("first", "second", "first"), evaluation=domain("toy-de"), task="arousal"
    )
    baseline, dann, gain = (
        Estimate(0.6, 0.5, 0.7),
        Estimate(0.65, 0.6, 0.7),
        Estimate(0.05, 0.0, 0.1),
    )
    comparison = Comparison(pair, baseline, dann, gain, 0.5, float("nan"), float("nan"))
    displayed = []
    monkeypatch.setattr(headline, "display", lambda data, **options: displayed.append(data))
    headline.show(comparison)
    (data,) = displayed
    assert "UAR target" in data["text/plain"]
    assert "<table" in data["text/html"]
    numbers = data[headline.MIME]
    assert (numbers["source"], numbers["target"]) == ("first+second", "toy-de")
    assert numbers["rows"][1] == {"system": "DANN", "uar": 0.65, "low": 0.6, "high": 0.7}
    assert (numbers["gain"], numbers["gain_low"], numbers["majority"]) == (0.05, 0.0, 0.5)
