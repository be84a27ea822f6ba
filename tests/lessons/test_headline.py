from ser_utils.lessons import headline


class Compared:
    """A comparison as notebooks display it."""

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/plain": "a table", "text/html": "<table>"}

    def headline(self):
        return {"gain": 0.05}


def test_the_comparison_is_displayed_with_its_numbers(monkeypatch):
    displayed = []
    monkeypatch.setattr(headline, "display", lambda data, **options: displayed.append(data))
    headline.show(Compared())
    shown = {"text/plain": "a table", "text/html": "<table>", headline.MIME: {"gain": 0.05}}
    assert displayed == [shown]
