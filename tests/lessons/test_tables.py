from ser_utils import files
from ser_utils.lessons import tables


def test_what_is_not_stored_is_named_with_the_command_that_writes_it(tmp_path, monkeypatch, capsys):
    (tmp_path / "results").mkdir()
    monkeypatch.setattr(files, "PROJECT", tmp_path)
    assert tables.stored("ladder", "make ladder") is None
    assert capsys.readouterr().out == "results/ladder.csv is not there: `make ladder` writes it.\n"
    (tmp_path / "results/ladder.csv").touch()
    assert tables.stored("ladder", "make ladder") == tmp_path / "results/ladder.csv"
    assert not capsys.readouterr().out
