import json

import pandas as pd

from ser_utils import settings
from ser_utils.experiments import reports


def test_results_are_written_with_their_provenance(tmp_path):
    table = pd.DataFrame({"source": ["en"], "gain": [0.1235]})
    reports.write(table, tmp_path / "table.csv", {"settings": {"seeds": 3}})
    assert (tmp_path / "table.csv").read_text() == "source,gain\nen,0.1235\n"
    about = json.loads((tmp_path / "table.json").read_text())
    assert about["settings"] == {"seeds": 3}
    assert about["hyper_parameters"]["epochs"] == settings.EPOCHS
    assert {"torch", "opensmile", "python", "ser_utils"} <= set(about["versions"])
    assert str(tmp_path) not in (tmp_path / "table.json").read_text()


def test_into_readme_replaces_what_is_between_the_marks():
    start, end = reports.README_MARKS
    readme = f"before\n{start}\nold\n{end}\nafter\n"
    assert reports.into_readme(readme, "new") == f"before\n{start}\n\nnew\n\n{end}\nafter\n"
