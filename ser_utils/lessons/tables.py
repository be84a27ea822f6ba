"""Tables as a reader sees them."""

import pandas as pd


def blank(table: pd.DataFrame) -> pd.DataFrame:
    """Leave cells empty that are NaN; columns without one stay as they are.

    Examples
    --------
    >>> blank(pd.DataFrame({"a": [0.5, None], "b": [1.0, 2.0]})).to_dict("list")
    {'a': [0.5, ''], 'b': [1.0, 2.0]}
    """
    return table.apply(lambda of: of.astype(object).where(of.notna(), "") if of.hasnans else of)
