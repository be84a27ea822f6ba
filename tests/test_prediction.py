import os
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ser_utils import audio, domains, features, models, prediction, training
from ser_utils.errors import AudioError, CheckpointError, DomainError, SerWarning, SettingError
from ser_utils.experiments import scoring
from ser_utils.lessons import two_moons


@pytest.fixture
def trained(tones):
    """Return a function that makes a pair of recordings and trains on it."""

    def make(kind="egemaps", batch_norm="source", **options):
        extracted = (features.extract(table, kind) for table in tones.values())
        pair = domains.pair(*extracted, **options)
        model = scoring.MODELS[kind](pair, batch_norm=batch_norm)
        return pair, training.fit(model, pair, epochs=2, progress=False)

    return make


@pytest.mark.parametrize("normalise", ["source", "dataset"])
@pytest.mark.parametrize("kind", scoring.MODELS)
def test_a_file_gets_the_probabilities_of_its_row(trained, tmp_path, kind, normalise):
    pair, run = trained(kind, task="valence", normalise=normalise)
    run.save(tmp_path / "run.safetensors")
    files = pair.evaluation.table["path"].tolist()[::-1]
    table = prediction.predict(training.load(tmp_path / "run.safetensors"), files)
    expected = run.probabilities(pair.evaluation)[::-1]
    assert np.ptp(expected[:, 0]) > 1e-3  # they differ, so that their order matters
    np.testing.assert_allclose(table[["negative", "positive"]], expected, atol=1e-5)
    names = np.array(["negative", "positive"])
    assert table["predicted"].tolist() == names[expected.argmax(1)].tolist()
    assert table["file"].tolist() == files
    assert table["seconds"].tolist() == [len(audio.read(file)) / 16_000 for file in files]


@pytest.mark.parametrize("batch_norm", ["domain", "separate"])
@pytest.mark.parametrize("statistics", ["running", "target"])
def test_a_recording_is_an_utterance_of_the_target(trained, tmp_path, batch_norm, statistics):
    """Under `domain` the statistics of the source would give something else."""
    pair, run = trained(batch_norm=batch_norm)
    run.with_statistics(statistics, pair.target).save(tmp_path / "run.safetensors")
    adapted = training.load(tmp_path / "run.safetensors")
    got = prediction.embed_recordings(adapted, pair.evaluation.table["path"])
    expected = run.with_statistics(statistics, pair.target).embed(pair.evaluation)
    np.testing.assert_allclose(got, expected, atol=1e-4)
    if batch_norm == "domain":
        as_source = run.embed(replace(pair.evaluation, role="source"))
        assert not np.allclose(got, as_source, atol=1e-2)


def test_samples_are_as_good_as_their_file_and_nothing_is_kept(trained, monkeypatch, tmp_path):
    pair, run = trained("logmel")
    monkeypatch.setenv("SER_CACHE", str(tmp_path / "cache"))
    file = pair.evaluation.table["path"][0]
    table = prediction.predict(run, [file, audio.read(file)])
    assert table["file"].tolist() == [file, "recording 2"]
    assert table["high"][0] == table["high"][1]
    both = prediction.embed_recordings(run, [file, audio.read(file)])
    assert both.shape == (2, run.model.encoder.width)
    np.testing.assert_array_equal(both[0], both[1])
    assert not (tmp_path / "cache").exists()


def test_a_name_that_is_no_text_is_shown_by_its_bytes(trained, tmp_path):
    pair, run = trained()
    file = tmp_path / os.fsdecode(b"\xfc.wav")
    try:
        shutil.copy(pair.evaluation.table["path"][0], file)
    except OSError:
        pytest.skip("a file system that takes no such name")
    assert prediction.predict(run, [file])["file"].tolist() == [f"{tmp_path}/\\udcfc.wav"]


def test_speaker_normalisation_knows_no_new_speaker(trained, tmp_path):
    pair, run = trained(normalise="speaker")
    run.save(tmp_path / "run.safetensors")
    for these in (run, training.load(tmp_path / "run.safetensors")):
        with pytest.raises(DomainError, match=r"their speaker.*normalise='source' or 'dataset'"):
            prediction.predict(these, [pair.evaluation.table["path"][0]])


def test_corpora_of_a_target_that_have_statistics_each_leave_none_for_a_recording(tones, tmp_path):
    german = features.extract(tones["tones-de"])
    names = np.resize(["a", "b"], len(german.table))
    two = replace(german, table=german.table.assign(dataset=names))
    pair = domains.pair(tones["tones-en"], two, normalise="dataset")
    run = training.fit(models.mlp(pair, widths=(4,)), pair, epochs=1, progress=False)
    run.save(tmp_path / "run.safetensors")
    for these in (run, training.load(tmp_path / "run.safetensors")):
        with pytest.raises(CheckpointError, match=r"joins corpora.*one corpus or with normalise="):
            prediction.predict(these, [pair.evaluation.table["path"][0]])


def test_a_checkpoint_from_before_statistics_were_kept_loads_but_predicts_nothing(
    trained, tmp_path
):
    pair, run = trained()
    new = ("source", "source_language", "target", "target_language", "task", "features")
    settings = {name: value for name, value in run.settings.items() if name not in new}
    replace(run, settings=settings, standardise=None).save(tmp_path / "old.safetensors")
    old = training.load(tmp_path / "old.safetensors")
    np.testing.assert_array_equal(old.embed(pair.evaluation), run.embed(pair.evaluation))
    with pytest.raises(CheckpointError, match="Train it again"):
        prediction.predict(old, [pair.evaluation.table["path"][0]])


def test_a_model_of_points_has_no_use_for_recordings(tones):
    pair = two_moons.pair(n=40)
    model = models.mlp(pair, widths=(4,))
    run = training.fit(model, pair, epochs=1, progress=False)
    with pytest.raises(CheckpointError, match="made by hand"):
        prediction.predict(run, [tones["tones-de"]["path"][0]])


@pytest.mark.parametrize("call", [prediction.predict, prediction.embed_recordings])
def test_no_recording_is_an_error(trained, call):
    _, run = trained()
    with pytest.raises(SettingError, match="no recording"):
        call(run, [])


def test_a_damaged_file_is_named(trained, tmp_path):
    pair, run = trained()
    good = pair.evaluation.table["path"][0]
    cut = tmp_path / "cut.wav"
    with open(good, "rb") as file:
        cut.write_bytes(file.read()[:1000])
    with pytest.raises(AudioError, match=r"cut\.wav: is cut off.*--on-error skip"):
        prediction.predict(run, [good, cut])
    with pytest.raises(AudioError, match=r"cut\.wav: is cut off[^-]*$"):
        prediction.predict(run, [cut], on_error="skip")
    with pytest.warns(SerWarning, match=r"1 of 3 files were left out:\n.*cut\.wav: is cut off"):
        table = prediction.predict(run, [good, cut, audio.read(good)], on_error="skip")
    assert table["file"].tolist() == [good, "recording 3"]
    pd.testing.assert_frame_equal(table[:1], prediction.predict(run, [good]))


def test_the_caveat_names_the_corpora(trained):
    _, run = trained()
    assert "tones-en (en), for tones-de (de)" in prediction.caveat(run)


@pytest.mark.parametrize("kind", scoring.MODELS)
@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_samples_that_are_no_numbers_are_refused(trained, kind, broken):
    """openSMILE makes numbers of them."""
    pair, run = trained(kind)
    good = audio.read(pair.evaluation.table["path"][0])
    bad = good.copy()
    bad[3000:3010] = broken
    for ask in (prediction.predict, prediction.embed_recordings):
        with pytest.raises(AudioError, match="recording 2: holds samples that are NaN"):
            ask(run, [good, bad])
