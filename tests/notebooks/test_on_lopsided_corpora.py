"""Every notebook on small and lopsided corpora, as beginners and field workers have them.

Its cells run in this process: on the first pair as students have them, on the others as the teacher
does, with the solutions, which pass their checks. All are in little: nothing of that depends on the
corpora. `make tutorial` executes the notebooks at full length, in kernels.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import matplotlib.pyplot as plt
import notebooks_in_little
import numpy as np
import pandas as pd
import pytest
import soundfile
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

from ser_utils import figures, labels
from ser_utils.pages import builds, sources
from ser_utils.pages.parameters import resolve

FOLDER = Path(__file__).parents[2] / "notebooks"
ON_CORPORA = [py for py in sources.find(FOLDER) if "SOURCE" in py.read_text()]
#: Those that read none: 3 is about two moons.
WITHOUT = [py for py in sources.find(FOLDER) if py not in ON_CORPORA]
FOUR = ("anger", "happiness", "neutral", "sadness")


def all_of(speakers: int, emotions=FOUR, each: int = 3) -> list[tuple[str, str]]:
    """Every speaker says every emotion so often."""
    return [(str(s), word) for s in range(speakers) for word in emotions for _ in range(each)]


QUIET = "no quiet emotion in common"
#: Notebooks that look for emotions; in the others this pair takes the ways of the one after it.
OF_EMOTIONS = ("01", "06", "07")
#: Speaker and emotion of each utterance of a source and of a target, and a task that both allow.
PAIRS = {
    "sixteen utterances": (all_of(2, each=1), all_of(2, each=1), "arousal"),
    "one voice": (all_of(4), all_of(1, each=5), "valence"),
    "two voices of one emotion each": (
        all_of(3, each=2),
        [("0", "anger")] * 8 + [("1", "sadness")] * 8,
        "arousal",
    ),
    QUIET: (
        all_of(4, ("anger", "happiness", "disgust")),
        all_of(4, ("anger", "happiness", "boredom")),
        "valence",
    ),
    "no emotion in common": (
        all_of(4, ("anger", "happiness")),
        all_of(4, ("sadness", "neutral")),
        "valence",
    ),
    "a target of two utterances": (all_of(6), [("0", "anger"), ("0", "sadness")], "arousal"),
}


def write(folder: Path, language: str, utterances: list[tuple[str, str]]) -> None:
    """Write a corpus of tones, as of one sentence and no gender."""
    folder.mkdir()
    seconds, rng = np.arange(8000) / 16_000, np.random.default_rng(len(utterances))
    table = pd.DataFrame(utterances, columns=["speaker", "emotion"])
    table["path"] = [f"{number}.wav" for number in table.index]
    for speaker, emotion, path in table.itertuples(index=False):
        pitch = 100 + 20 * labels.EMOTIONS.index(emotion) + 5 * int(speaker)
        wave = np.sin(2 * np.pi * np.outer(np.arange(1, 9) * pitch, seconds)).sum(axis=0)
        wave *= 1 + 0.5 * np.sin(2 * np.pi * rng.uniform(2, 5) * seconds)
        soundfile.write(folder / path, 0.03 * wave + 0.005 * rng.normal(size=len(wave)), 16_000)
    table.assign(language=language, sentence="one").to_csv(folder / "table.csv", index=False)


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("lopsided")
    for number, (source, target, _) in enumerate(PAIRS.values()):
        write(folder / f"source-{number}", "el", source)
        write(folder / f"target-{number}", "fi", target)
    return folder


def draw(figure: plt.Figure, alt: str) -> None:
    figure.draw_without_rendering()
    plt.close(figure)


@pytest.fixture
def shell(monkeypatch, data) -> Iterator[InteractiveShell]:
    """Return what runs a cell as a notebook does."""
    monkeypatch.setenv("SER_DATA", str(data))
    for patch in notebooks_in_little.PATCHES:
        monkeypatch.setattr(*patch)
    monkeypatch.setattr(figures, "show", draw)
    yield InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    InteractiveShell.clear_instance()


@pytest.mark.parametrize(
    ("py", "number"),
    [
        pytest.param(py, number, id=f"{py.stem}-{pair}")
        for py in ON_CORPORA
        for number, pair in enumerate(PAIRS)
        if pair != QUIET or py.stem[:2] in OF_EMOTIONS
    ],
)
@pytest.mark.notebooks
@pytest.mark.filterwarnings("ignore")
def test_a_notebook_runs_on_lopsided_corpora_and_shows_no_nan(py, number, shell):
    task = list(PAIRS.values())[number][2]
    parameters = resolve(f"source-{number}", f"target-{number}", task)
    run(py, builds.TEACHERS if number else builds.STUDENTS, shell, vars(parameters))


@pytest.mark.parametrize("build", ["STUDENTS", "TEACHERS"])
@pytest.mark.parametrize("py", WITHOUT, ids=lambda py: py.stem)
@pytest.mark.notebooks
@pytest.mark.filterwarnings("ignore")
def test_a_notebook_without_corpora_runs(py, build, shell):
    run(py, getattr(builds, build), shell, {})


def run(
    py: Path, build: builds.Build, shell: InteractiveShell, parameters: dict[str, object]
) -> None:
    """Run the cells of a build, none of which may show NaN; solutions alone pass their checks."""
    verdicts = {True: "", False: ""}
    for cell in sources.read(py, build).cells:
        tags = cell.metadata.get("tags", ())
        if cell.cell_type == "code":
            with capture_output() as shown:
                shell.run_cell(cell.source).raise_error()
            printed = shown.stdout + "".join(str(output.data) for output in shown.outputs)
            assert not re.search(r"\bnan\b", printed, re.IGNORECASE), printed
            if "exercises.check_" in cell.source:
                (verdict,) = re.findall(r"^[✓✗]", shown.stdout, re.MULTILINE)
                verdicts["solution" in tags] += verdict
        if "parameters" in tags:
            shell.user_ns.update({name.upper(): value for name, value in parameters.items()})
    assert re.fullmatch("✗✗+", verdicts[False]), "as students find them, exercises are open"
    assert verdicts[True] == ("✓" * len(verdicts[False]) if build is builds.TEACHERS else "")
