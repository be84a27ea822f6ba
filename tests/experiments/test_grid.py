from dataclasses import replace

import pytest

from ser_utils import datasets
from ser_utils.datasets.corpus import Corpus
from ser_utils.errors import DomainError, MissingCorpusError, SettingError, UnknownNameError
from ser_utils.experiments import scoring
from ser_utils.experiments.grid import Grid, by_language, has_several_languages, languages_of


def test_a_row_for_every_combination(toys):
    grid = Grid(
        datasets=tuple(toys),
        tasks=("arousal", "valence"),
        normalise=("source", "dataset"),
        batch_norm=("none", "joint", "layer"),
        statistics=("running", "target"),
        methods=("baseline", "dann"),
        protocols=("transductive", "inductive"),
        seeds=3,
    )
    keys = grid.rows()
    assert len(keys) == len(set(keys)) == 2 * 2 * 2 * 3 * 2 * 2 * 2 * 3
    assert len({scoring.training_of(key) for key in keys}) == len(keys) / 2


def test_only_corpora_of_different_languages_are_paired():
    grid = Grid(("ravdess", "emodb", "synthetic-en"))
    assert sorted(grid.ordered_pairs()) == [
        ("emodb", "ravdess"),
        ("emodb", "synthetic-en"),
        ("ravdess", "emodb"),
        ("synthetic-en", "emodb"),
    ]


def test_leaving_one_language_out_joins_all_corpora_of_the_others():
    names = ("ravdess", "emodb", "emovo", "synthetic-en")
    grid = Grid(names, leave_one_language_out=True)
    assert grid.ordered_pairs() == [
        ("emodb+emovo", "ravdess"),
        ("ravdess+emovo+synthetic-en", "emodb"),
        ("ravdess+emodb+synthetic-en", "emovo"),
        ("emodb+emovo", "synthetic-en"),
    ]
    assert by_language("ravdess+emovo+synthetic-en") == ["ravdess+synthetic-en", "emovo"]
    assert grid.corpora() == [*names, "ravdess+synthetic-en"]


def test_corpora_of_one_language_are_no_source_of_several():
    assert [has_several_languages(name) for name in ("ravdess", "ravdess+cremad")] == [False] * 2
    assert has_several_languages("ravdess+emodb+cremad")
    assert has_several_languages("of-somebody-else+emodb")
    assert languages_of("ravdess+emodb+cremad") == {"en", "de"}
    assert languages_of("of-somebody-else") == {"of-somebody-else"}


def test_pairs_of_several_languages_are_asked_for_by_the_names_that_a_refusal_gives(
    toys, monkeypatch
):
    for code in ("it", "el"):
        table = toys["toy-en"].table.assign(dataset=f"toy-{code}", language=code)
        table["speaker"] = code + table["speaker"] if code == "it" else "el-0"
        toys[f"toy-{code}"] = replace(toys["toy-en"], table=table)
        corpus = Corpus(f"toy-{code}", "", code, "", None, None)
        monkeypatch.setitem(datasets.CORPORA, corpus.name, corpus)
    message = r"toy-de\+toy-it\+toy-el:toy-en, arousal, .* cannot be the source"
    with pytest.raises(DomainError, match=message) as refused:
        Grid(tuple(toys), leave_one_language_out=True).check()
    (others,) = refused.value.args[0].split("--pairs ")[1].split()
    assert others == "toy-en+toy-de+toy-it:toy-el"
    Grid(tuple(toys), pairs=(tuple(others.split(":")),)).check()
    with pytest.raises(UnknownNameError, match="unknown corpus of --datasets 'toy-en"):
        Grid(tuple(toys), pairs=(("toy-en+toy-de", "toy-el"),)).check()


def test_leaving_one_of_two_languages_out_leaves_no_several(toys):
    with pytest.raises(DomainError, match="at least three languages; toy-en, toy-de have 2"):
        Grid(tuple(toys), leave_one_language_out=True).check()


def test_only_corpora_that_are_in_a_pair_are_loaded(toys):
    Grid(("ravdess", *toys), pairs=(tuple(toys),)).check()


@pytest.mark.parametrize(
    ("one_sided", "message"),
    [
        ({"speaker": "de-0"}, "toy-de:toy-en, arousal, transductive: toy-de cannot be the source"),
        ({"emotion": "anger"}, "toy-en:toy-de, arousal, transductive: the de utterances of toy-de"),
    ],
)
def test_pairs_that_cannot_be_trained_on_are_refused_and_the_others_named(
    toys, one_sided, message, monkeypatch
):
    table = toys["toy-en"].table.assign(dataset="toy-it", language="it")
    table["speaker"] = "it" + table["speaker"]
    toys["toy-it"] = replace(toys["toy-en"], table=table)
    monkeypatch.setitem(datasets.CORPORA, "toy-it", Corpus("toy-it", "", "it", "", None, None))
    toys["toy-de"] = replace(toys["toy-de"], table=toys["toy-de"].table.assign(**one_sided))
    with pytest.raises(DomainError, match=message) as refused:
        Grid(tuple(toys)).check()
    others = refused.value.args[0].split("--pairs ")[1].split()
    assert (
        {"toy-en:toy-it", "toy-it:toy-en"}
        <= {*others}
        < set(map(":".join, Grid(tuple(toys)).ordered_pairs()))
    )
    Grid(tuple(toys), pairs=tuple(tuple(pair.split(":")) for pair in others)).check()


def test_a_speaker_alone_cannot_be_adapted_to_and_evaluated_on(toys):
    table = toys["toy-de"].table.assign(speaker="de-0")
    toys["toy-de"] = replace(toys["toy-de"], table=table)
    grid = Grid(tuple(toys), pairs=(("toy-en", "toy-de"),))
    grid.check()
    with pytest.raises(DomainError, match=r"toy-en:toy-de, arousal, inductive: .* only 1"):
        replace(grid, protocols=("transductive", "inductive")).check()


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"datasets": ("emobd", "emodb")}, UnknownNameError, "did you mean 'emodb'"),
        ({"tasks": ("arrousal",)}, UnknownNameError, "arousal"),
        ({"batch_norm": ("jiont",)}, UnknownNameError, "joint"),
        ({"normalise": ("sauce",)}, UnknownNameError, "source"),
        ({"statistics": ("runing",)}, UnknownNameError, "running"),
        ({"methods": ("dan",)}, UnknownNameError, "dann"),
        ({"protocols": ("deductive",)}, UnknownNameError, "inductive"),
        ({"features": "egemap"}, UnknownNameError, "egemaps"),
        ({"pairs": (("emodb",),)}, UnknownNameError, "SOURCE:TARGET"),
        ({"pairs": (("emodb", "emobd"),)}, UnknownNameError, "did you mean 'emodb'"),
        # What would silently not be run.
        (
            {
                "datasets": ("ravdess", "synthetic-en", "emodb"),
                "pairs": (("emodb", "ravdess"), ("synthetic-en", "ravdess")),
            },
            DomainError,
            r"pair synthetic-en:ravdess is of one language \(en\)",
        ),
        ({"pairs": (("emodb", "emodb"),)}, DomainError, "emodb:emodb is of one language"),
        ({"tasks": ()}, DomainError, "no task is given"),
        ({"methods": ()}, DomainError, "no method is given"),
        ({"datasets": ("ravdess", "synthetic-en")}, DomainError, "two languages"),
        ({"datasets": ("emodb",)}, DomainError, "two languages"),
        ({"seeds": 0}, SettingError, "the number of seeds is 0"),
        ({}, MissingCorpusError, "not on this machine"),
    ],
)
def test_what_cannot_be_run_is_refused(changes, error, message, ser_data):
    with pytest.raises(error, match=message):
        replace(Grid(("emodb", "emovo")), **changes).check()
