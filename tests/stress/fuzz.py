"""Fuzz what reads files: each damaged audio file and table gives a row or a named error.

    python -m tests.stress.fuzz                       # 10,000 audio files and 2,000 tables
    python -m tests.stress.fuzz --audio 300 --tables 100
    python -m tests.stress.fuzz --only audio:1234     # one case, with its traceback

Every case is drawn from its own seed. It is a violation if it ends in another exception than a
`SerError` or in a warning that is no `SerWarning`, if it takes longer than `SECONDS` or leaves a
file open, or if its process dies or needs 1 GB. The exit status is 1 if there is any.
"""

import argparse
import io
import itertools
import json
import os
import resource
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile
from joblib import cpu_count

from ser_utils import audio, datasets
from ser_utils.datasets.audit import reading
from ser_utils.errors import SerError, SerWarning

SECONDS = 10
MEGABYTES = 1000
RATE = 16_000
SIZES = [
    bytes(4),
    b"\xff" * 4,
    b"\xff\xff\xff\x7f",
    b"\x7f\xff\xff\xff",
    b"\0\0\0\x80",
    b"\1\0\0\0",
]


# Audio ----------------------------------------------------------------------------------------


@cache
def recordings() -> list[tuple[str, bytes]]:
    """Return the same second in several formats, by suffix."""
    time = np.arange(RATE) / RATE
    tone = 0.5 * np.sin(2 * np.pi * 200 * time) * np.sin(2 * np.pi * 3 * time)
    tone += 0.01 * np.random.default_rng(0).standard_normal(RATE)
    found = []
    for format, subtype in (
        *(("WAV", subtype) for subtype in ("PCM_16", "PCM_U8", "PCM_24", "FLOAT", "IMA_ADPCM")),
        *(("WAV", "GSM610"), ("WAVEX", "PCM_16"), ("RF64", "PCM_16"), ("AIFF", "PCM_16")),
        *(("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III")),
        *(("AU", "PCM_16"), ("CAF", "ALAC_16"), ("W64", "PCM_16")),
    ):
        content = io.BytesIO()
        soundfile.write(content, tone, RATE, format=format, subtype=subtype)
        found.append((format.lower().replace("wavex", "wav"), content.getvalue()))
    return found


def damaged(content: bytes, rng: np.random.Generator, header: int = 256) -> bytes:
    """Change, insert, cut out, repeat or truncate some bytes, most of them in the header."""
    content = bytearray(content)
    for _ in range(rng.integers(1, 6)):
        if not content:
            break
        end = min(len(content), header) if rng.random() < 0.7 else len(content)
        at, size = int(rng.integers(end)), int(rng.integers(1, 9))
        match rng.integers(7):
            case 0:
                content[at : at + size] = rng.bytes(size)
            case 1:
                content[at : at + 4] = SIZES[rng.integers(len(SIZES))]
            case 2:
                content[at] ^= 1 << int(rng.integers(8))
            case 3:
                content[at:at] = rng.bytes(size)
            case 4:
                del content[at : at + size]
            case 5:
                content[at:at] = content[at : at + 40]
            case 6:
                del content[int(rng.integers(len(content))) :]
    return bytes(content)


def audio_case(rng: np.random.Generator, folder: Path) -> str:
    """Read a damaged recording in both ways that there are."""
    formats = recordings()
    suffix, content = formats[rng.integers(len(formats))]
    if rng.random() < 0.05:  # one format in another
        content = content[: rng.integers(200)] + formats[rng.integers(len(formats))][1]
    path = folder / f"file.{suffix if rng.random() < 0.9 else 'wav'}"
    path.write_bytes(damaged(content, rng))
    row = reading.inspect(str(path))
    try:
        samples, refusal = audio.read(path), None
    except SerError as error:
        samples, refusal = np.zeros(1, np.float32), error
    require(row["error"] == (refusal and str(refusal)), "check and features disagree")
    require(samples.dtype == np.float32, "samples of another type")
    require(np.isfinite(samples).all(), "samples that are not finite")
    if refusal:
        require(str(refusal).startswith(f"{path}: "), "an error that names no file")
        raise refusal
    return "read"


def require(holds: bool, what: str) -> None:
    """Raise `AssertionError` unless it holds, in whatever way Python runs."""
    if not holds:
        raise AssertionError(what)


# Tables ---------------------------------------------------------------------------------------

CELLS = [
    *("", "anger", "ANGER ", "happy", "0", "1.0", "1,5", "NA", "nan", "inf", "-1e999", "\u202e"),
    *("e\u0301", "a.wav", "A.WAV", r".\a.wav", r"C:\a.wav", "/etc/passwd", "../b.wav", "b.wav"),
    *("female", "F", "weak", "2", "el", "Greek", "x" * 5000, "a\nb", 'a"b', "a;b", "a,b", "é"),
]
ENCODINGS = [
    *("utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le"),
    *("cp1252", "latin-1", "cp1253", "mac-roman"),
]


def frame(rng: np.random.Generator) -> pd.DataFrame:
    """Make a table of a corpus, of which some columns and cells are odd."""
    rows = int(rng.integers(20) > 0) * 2
    table = {
        "path": ["a.wav", "b.wav"][:rows],
        "speaker": ["01", "é"][:rows],
        "emotion": ["anger", "Calm"][:rows],
        "language": ["el"] * rows,
    }
    for column, words in (
        *(("gender", ("female", "Male")), ("intensity", ("weak", "")), ("sentence", ("1", "b"))),
        *(("arousal", (1.5, 2)), ("dataset", ("a", "b")), ("note", ("", "é")), ("7", (7, 8))),
        ("Path", ("", "x")),
    ):
        if rng.random() < 0.2:
            table[column] = list(words[:rows])
    for column in list(table):
        if rng.random() < 0.05:
            table[column.upper()] = table.pop(column)
        elif rng.random() < 0.06 and rows:
            table[column][rng.integers(rows)] = CELLS[rng.integers(len(CELLS))]
            table[column] = [str(cell) for cell in table[column]]
        elif rng.random() < 0.02:
            del table[column]
    return pd.DataFrame(table)


def table_case(rng: np.random.Generator, folder: Path) -> str:
    """Read an odd or damaged table, from Parquet, CSV, or memory."""
    for name, number in (("a.wav", 0), ("b.wav", 9)):
        (folder / name).write_bytes(recordings()[number][1])
    how = {"emotions": {"happy": "happiness", 0: "fear"}, "on_error": rng.choice(["raise", "skip"])}
    table, parquet = frame(rng), rng.random() < 0.3
    if rng.random() < 0.1:
        return checked(datasets.from_table(table, "a", folder=folder, **how), how)
    content = io.BytesIO()
    if parquet:
        table.to_parquet(content)
    else:
        text = table.to_csv(index=bool(rng.random() < 0.3), sep=str(rng.choice(list(",,;;\t |"))))
        content.write(text.encode(ENCODINGS[rng.integers(len(ENCODINGS))], errors="replace"))
    content = content.getvalue()
    if rng.random() < 0.5:
        content = damaged(content, rng, header=len(content))
    path = folder / f"table.{'parquet' if parquet and rng.random() < 0.9 else 'csv'}"
    path.write_bytes(content)
    return checked(datasets.from_table(path, **how), how)


def checked(table: pd.DataFrame, how: dict) -> str:
    """Require of a table what everything after loading takes for granted.

    Under "skip" a file that is gone is left out later, with the other bad ones.
    """
    require(len(table) > 0, "no row")
    require(tuple(table)[:8] == datasets.COLUMNS, "other columns")
    there = table["path"].map(os.path.isfile)
    require(there.all() or how["on_error"] == "skip", "a path that is no file")
    return "read"


# Running --------------------------------------------------------------------------------------

KINDS = {"audio": audio_case, "tables": table_case}


def handles() -> int:
    """Count the open files of this process."""
    return len(os.listdir("/proc/self/fd" if os.path.isdir("/proc/self/fd") else "/dev/fd"))


def run_case(kind: str, seed: int, number: int, show: bool = False) -> tuple[str, str | None]:
    """Run a case; return what came of it, and what is wrong with that, or None."""
    rng = np.random.default_rng([seed, list(KINDS).index(kind), number])
    before, start, wrong = handles(), time.perf_counter(), None
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", SerWarning)
        try:
            outcome = KINDS[kind](rng, Path(folder))
        except SerError as error:
            outcome = type(error).__name__
        except BaseException as error:
            outcome, wrong = "violation", f"{type(error).__name__}: {error}"[:300]
            if show:
                traceback.print_exc()
    if wrong is None and (seconds := time.perf_counter() - start) > SECONDS:
        wrong = f"took {seconds:.0f} s"
    if wrong is None and handles() > before:
        wrong = f"left {handles() - before} files open"
    return outcome, wrong and f"{kind}:{number}: {wrong}"


def silence() -> None:
    """Drop what libraries in C print about damaged files."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def run_part(kind: str, seed: int, numbers: range) -> tuple[Counter, list[str], float]:
    """Run some cases in a process whose memory is bounded; return its peak in MB."""
    used = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
    limit = used + MEGABYTES * 10**6
    resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
    outcomes, wrong = zip(*(run_case(kind, seed, number) for number in numbers), strict=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return Counter(outcomes), [each for each in wrong if each], peak


def main(arguments: list[str] | None = None) -> int:
    """Run all cases, print what came of them, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--audio", type=int, default=10_000, help="files (default: %(default)s)")
    parser.add_argument("--tables", type=int, default=2_000, help="files (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=cpu_count())
    parser.add_argument("--only", metavar="KIND:NUMBER", help="run one case, with its traceback")
    options = parser.parse_args(arguments)
    for name in ("audio", "tables", "seed", "jobs"):
        if getattr(options, name) < (name == "jobs"):
            parser.error(f"--{name} is {getattr(options, name)}: too small")
    if options.only:
        kind, number = options.only.split(":")
        outcome, wrong = run_case(kind, options.seed, int(number), show=True)
        print(outcome, wrong or "")
        return int(bool(wrong))
    start, violations, peaks = time.perf_counter(), [], [0.0]
    for kind in KINDS:
        count, step = getattr(options, kind), 100
        parts = [range(i, min(i + step, count)) for i in range(0, count, step)]
        outcomes: Counter = Counter()
        with ProcessPoolExecutor(options.jobs, initializer=silence) as pool:
            repeated = itertools.repeat(kind), itertools.repeat(options.seed)
            results = pool.map(run_part, *repeated, parts)
            try:
                for found, wrong, peak in results:
                    outcomes += found
                    violations += wrong
                    peaks.append(peak)
            except BrokenProcessPool as error:
                violations.append(f"{kind}: {error}")
        print(f"{outcomes.total()} {kind}: {json.dumps(dict(outcomes.most_common()))}")
    if max(peaks) > MEGABYTES:
        violations.append(f"{max(peaks):.0f} MB of memory")
    print(*violations[:20], sep="\n", end="\n" if violations else "")
    minutes = (time.perf_counter() - start) / 60
    print(f"violations: {len(violations)}; {max(peaks):.0f} MB; {minutes:.1f} minutes")
    return int(bool(violations))


if __name__ == "__main__":
    sys.exit(main())
