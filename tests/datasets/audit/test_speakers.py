import numpy as np
import pandas as pd
import pytest

from ser_utils.datasets.audit import speakers
from ser_utils.datasets.audit.reading import BANDS


def rows(voices, n=20, spread=1.0, **columns):
    """Utterances of speakers, each with the voice of the number given."""
    rng = np.random.default_rng(0)
    spectra = np.random.default_rng(1).normal(0, 3, (10, BANDS))
    made = pd.DataFrame(
        {
            "speaker": np.repeat([f"s{i}" for i in range(len(voices))], n),
            "voice": [v for i in voices for v in spectra[i] + rng.normal(0, spread, (n, BANDS))],
            "level": -20.0,
            "noise_floor": -60.0,
            "bandwidth": 8_000.0,
        }
    )
    return made.assign(path=[f"{i}.wav" for i in range(len(made))], **columns)


def test_speakers_of_one_voice_are_found():
    (finding,) = speakers.about_voices(rows([0, 1, 2, 1, 3]))
    assert [case.what.split(":")[0] for case in finding.where] == ["s1 = s3"]
    assert len(finding.where[0].files) == 40


@pytest.mark.parametrize(
    ("voices", "options"),
    [
        ([0, 1, 2, 3, 4], {}),
        ([0, 1, 2, 1, 3], {"spread": 50}),  # no voice is told from any other
        ([0, 1, 2, 1, 3], {"n": 9}),
        ([0, 0], {}),
    ],
)
def test_voices_that_differ_or_that_nothing_is_known_of_are_not(voices, options):
    assert list(speakers.about_voices(rows(voices, **options))) == []


@pytest.mark.parametrize(("measure", "far"), speakers.FAR.items())
def test_a_speaker_who_is_recorded_otherwise_is_named(measure, far):
    made = rows([0, 1, 2, 3])
    made.loc[made["speaker"] == "s2", measure] -= 1.1 * far
    (finding,) = speakers.about_recorder(made)
    assert [case.what.split(":")[0] for case in finding.where] == ["s2"]
    made.loc[made["speaker"] == "s2", measure] += 0.2 * far
    assert list(speakers.about_recorder(made)) == []
