"""Speech from text by eSpeak NG, the formant synthesiser that `espeakng-loader` carries."""

import _ctypes  # to unload a library, for which ctypes has no public function
import ctypes
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

import numpy as np

from ser_utils.errors import SerError, UnknownNameError

#: What eSpeak NG accepts: words per minute, and three scales whose neutral points are 50, 50, 100.
RANGES = {"rate": (80, 450), "pitch": (0, 99), "pitch_range": (0, 99), "volume": (0, 200)}

# Constants of eSpeak NG's speak_lib.h.
_SYNCHRONOUS = 2
_DO_NOT_EXIT = 0x8000
_POSITION_CHARACTER = 1
_TEXT_UTF8 = 1
_PARAMETERS = {"rate": 1, "volume": 2, "pitch": 3, "pitch_range": 4}

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
_one_at_a_time = threading.Lock()


def version() -> str:
    """Version of the package that carries the library; another one may sound different."""
    try:
        return metadata.version("espeakng-loader")
    except metadata.PackageNotFoundError as error:
        raise _cannot_load(error) from error


def speak(
    text: str,
    voice: str,
    rate: int = 175,
    pitch: int = 50,
    pitch_range: int = 50,
    volume: int = 100,
) -> tuple[np.ndarray, int]:
    """Synthesise one utterance; the same arguments always give the same samples.

    A voice is a language, or language and variant: `"de"`, `"de+f2"`; settings are within `RANGES`,
    the rate in words per minute. Returned are mono float32 samples in [-1, 1], shape (n_samples,),
    and their sampling rate in Hz.

    The library keeps state from one utterance to the next (the phase of its pitch flutter among
    others) that none of its functions resets, so each call loads and unloads it anew, which takes
    a few milliseconds. Calls from several threads wait for each other: use processes.
    """
    settings = {"rate": rate, "pitch": pitch, "pitch_range": pitch_range, "volume": volume}
    for name, value in settings.items():
        low, high = RANGES[name]
        if not low <= value <= high:
            raise SerError(f"{name} {value} is not what eSpeak NG accepts: {low} to {high}")
    with _one_at_a_time, _fresh_library() as (library, data, sampling_rate):
        _set_voice(library, data, voice)
        for name, value in settings.items():
            library.espeak_SetParameter(_PARAMETERS[name], int(value), 0)
        samples = _synthesise(library, text)
    return samples.astype(np.float32) / 32768, sampling_rate


@contextmanager
def _fresh_library() -> Iterator[tuple[ctypes.CDLL, Path, int]]:
    """Load the library, initialise it, and unload it so that the next load starts from zero."""
    try:
        import espeakng_loader

        data = Path(espeakng_loader.get_data_path())
        library = ctypes.CDLL(espeakng_loader.get_library_path())
    except (ImportError, OSError, RuntimeError) as error:
        raise _cannot_load(error) from error
    try:
        sampling_rate = library.espeak_Initialize(_SYNCHRONOUS, 0, os.fsencode(data), _DO_NOT_EXIT)
        if sampling_rate <= 0:
            raise SerError(
                f"eSpeak NG cannot read its voice data in {data}. On Windows its path may have "
                "plain letters only: move the project to one."
            )
        # Breath noise draws from a generator that is otherwise seeded by the clock.
        library.espeak_ng_SetRandSeed(ctypes.c_long(0))
        yield library, data, sampling_rate
    finally:
        library.espeak_Terminate()
        (_ctypes.FreeLibrary if os.name == "nt" else _ctypes.dlclose)(library._handle)


def _cannot_load(error: Exception) -> SerError:
    return SerError(
        f"cannot load eSpeak NG: {error}. "
        "Reinstall it: pip install --force-reinstall espeakng-loader"
    )


def _set_voice(library: ctypes.CDLL, data: Path, voice: str) -> None:
    # eSpeak reports an unknown language, but silently drops an unknown variant.
    _, _, variant = voice.partition("+")
    known_variant = not variant or (data / "voices" / "!v" / variant).is_file()
    if not known_variant or library.espeak_SetVoiceByName(voice.encode()) != 0:
        raise UnknownNameError(
            f"eSpeak NG has no voice {voice!r}; voices are a language, as 'de', "
            "or a language and a variant, as 'de+f2'"
        )


def _synthesise(library: ctypes.CDLL, text: str) -> np.ndarray:
    chunks = []

    def collect(samples: int | None, count: int, _events: int) -> int:
        if samples and count > 0:
            chunks.append(ctypes.string_at(samples, 2 * count))
        return 0  # go on

    callback = _Callback(collect)
    library.espeak_SetSynthCallback(callback)
    encoded = text.encode("utf-8")
    size = ctypes.c_size_t(len(encoded) + 1)
    status = library.espeak_Synth(encoded, size, 0, _POSITION_CHARACTER, 0, _TEXT_UTF8, None, None)
    if status != 0 or not chunks:
        raise SerError(f"eSpeak NG could not speak {text!r} (status {status})")
    return np.frombuffer(b"".join(chunks), dtype=np.int16)
