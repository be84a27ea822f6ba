"""Tables as a reader sees them."""

from pathlib import Path

import pandas as pd

from ser_utils import files


def blank(table: pd.DataFrame) -> pd.DataFrame:
    """Leave cells empty that are NaN; columns without one stay as they are.

    Examples
    --------
    >>> blank(pd.DataFrame({"a": [0.5, None], "b": [1.0, 2.0]})).to_dict("list")
    {'a': [0.5, ''], 'b': [1.0, 2.0]}
    """
    return table.apply(lambda of: of.astype(object).where(of.notna(), "") if of.hasnans else of)


def stored(name: str, command: str) -> Path | None:
    """Return where a table of `results/` is; if it is not there, say which command writes it."""
    path = files.in_checkout("results") / f"{name}.csv"
    if path.is_file():
        return path
    print(f"results/{name}.csv is not there: `{command}` writes it.")
    return None
