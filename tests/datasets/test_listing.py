from ser_utils import datasets
from ser_utils.datasets import registry
from ser_utils.datasets.download.hosts import ZenodoFile

BUILT_IN = ["synthetic-en", "synthetic-de", "synthetic-it", "synthetic-ur"]


def test_describe_lists_each_corpus(data, record):
    record(data / "emovo", "f1/rab-f1-b1.wav")
    described = datasets.describe().set_index("name")
    assert described.index.tolist() == datasets.names()
    assert described.index[described["present"]].tolist() == ["emovo", *BUILT_IN]
    assert described.loc["emovo", "folder"] == str(data / "emovo")
    assert described.loc["emodb", "language"] == "de"
    assert (described["how_to_get"] != "").all()


def test_the_overview_fits_a_terminal_and_says_how_to_get_what_is_missing(
    data, record, table, known
):
    record(data / "emodb", "wav/03a01Wa.wav")
    for i in range(14):
        known(f"corpus-{i}", data / f"corpus-{i}", table)
    known("easy", data / "easy", table, download=ZenodoFile("CC0", "1", "easy.zip"))
    lines = datasets.overview().splitlines()
    assert max(len(line) for line in lines if not line.startswith("SER_")) <= 80
    fields = [line.split() for line in lines]
    here, *_, by_hand = (i for i, line in enumerate(lines) if line.endswith(":"))
    (by_command,) = (i for i, line in enumerate(lines) if "ser_utils download NAME" in line)
    assert lines[here] == "On this machine:"
    assert here < fields.index(["emodb", "de", "SER_DATA/emodb"]) < by_command
    assert here < fields.index(["synthetic-en", "en", "built", "in"]) < by_command
    assert by_command < fields.index(["easy", "xx", "Easy"]) < by_hand
    assert by_hand < fields.index(["corpus-13", "xx", "ask"])
    assert ["SER_DATA", "=", str(data)] in fields
    text = " ".join(" ".join(line) for line in fields)
    assert f"emovo it {datasets.CORPORA['emovo'].how_to_get}" in text
    assert datasets.CORPORA["emodb"].how_to_get not in text


def test_the_overview_leaves_out_what_has_no_rows(data, monkeypatch):
    monkeypatch.setattr(registry, "is_present", lambda corpus: True)
    assert "To get" not in datasets.overview()
    assert "To download" not in datasets.overview()
