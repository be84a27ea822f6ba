import pandas as pd
import pytest
from noise_files import noise, write

ROW = {
    "dataset": "mine",
    "language": "el",
    "speaker": "mine-1",
    "gender": "female",
    "emotion": "anger",
    "sentence": "",
    "intensity": "",
}


@pytest.fixture
def table(tmp_path):
    """Write a table of utterances, of which rows differ as given, and its recordings."""

    def make(*rows, suffix="csv", without=()):
        rows = [ROW | {"path": f"audio/{i}.wav"} | row for i, row in enumerate(rows)]
        for i, row in enumerate(rows):
            if not (tmp_path / row["path"]).exists():
                write(tmp_path / row["path"], noise(0.2 + i / 10, i))
        frame = pd.DataFrame(rows).drop(columns=list(without))
        path = tmp_path / f"table.{suffix}"
        frame.to_csv(path, index=False) if suffix == "csv" else frame.to_parquet(path)
        return path

    return make
