import numpy as np
import pytest

from ser_utils.datasets.synthetic import languages, prosody, rendering

LANGUAGES = list(languages.LANGUAGES)


def recording(language, **changes):
    """Render the first neutral utterance of a language, with some of its settings changed."""
    row = prosody.utterances(language).iloc[0].to_dict() | changes
    return rendering.render(row, languages.LANGUAGES[language])


def level(samples):
    return 20 * np.log10(np.std(samples / 32768))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("loudness", [-12, 12])
def test_the_softest_and_the_loudest_are_audible_and_not_clipped(language, loudness):
    samples = recording(language, loudness=loudness)
    assert samples.dtype == np.int16
    assert -55 < level(samples) < -10
    assert np.abs(samples.astype(int)).max() < 32767
    assert 1.2 < len(samples) / rendering.SAMPLING_RATE < 3.5


def test_loudness_is_in_decibels():
    soft, loud = (level(recording("en", loudness=loudness)) for loudness in (0, 6))
    assert loud - soft == pytest.approx(6, abs=0.2)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_channel_passes_its_band(language):
    channel = languages.LANGUAGES[language].channel
    noise = np.random.default_rng(0).normal(size=2 * rendering.SAMPLING_RATE)
    recorded = rendering.record(np.zeros_like(noise), noise, languages.LANGUAGES[language])
    power = np.abs(np.fft.rfft(recorded)) ** 2 / np.abs(np.fft.rfft(noise)) ** 2
    frequency = np.fft.rfftfreq(len(noise), 1 / rendering.SAMPLING_RATE)

    def gain(low, high):
        return 10 * np.log10(np.median(power[(frequency > low) & (frequency < high)]))

    assert gain(1000, 2000) == pytest.approx(channel.noise, abs=0.5)
    edge = languages.LANGUAGES[language].channel.high_pass
    assert gain(0.9 * edge, 1.1 * edge) == pytest.approx(channel.noise - 3, abs=1)
    assert gain(0, 0.3 * edge) < channel.noise - 15


def test_a_room_decays_by_sixty_decibels_and_has_the_energy_it_should():
    channel = languages.LANGUAGES["ur"].channel
    room = rendering.impulse_response(channel, np.random.default_rng(0))
    assert len(room) == pytest.approx(channel.reverberation * rendering.SAMPLING_RATE, abs=1)
    assert room[0] == 1
    assert 10 * np.log10(np.sum(room[1:] ** 2)) == pytest.approx(channel.reverberance)
    tenth = len(room) // 10
    drop = 20 * np.log10(np.std(room[1 : 1 + tenth]) / np.std(room[-tenth:]))
    assert drop == pytest.approx(54, abs=3)
