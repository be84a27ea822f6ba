"""Recordings of noise, for tests of what is read from files."""

import numpy as np
import soundfile

RATE = 16_000


def noise(seconds=0.5, seed=0, rate=RATE):
    return np.random.default_rng(seed).uniform(-0.5, 0.5, round(seconds * rate))


def write(path, samples=None, rate=RATE, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, noise() if samples is None else samples, rate, **options)
    return str(path)
