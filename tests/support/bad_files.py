"""A file of each kind that no recording of speech is."""

from pathlib import Path

import numpy as np
import soundfile
from noise_files import RATE, noise, write

#: By what each is: what the error says of it.
BAD = {
    "empty": "not a readable audio file",
    "text": "not a readable audio file",
    "header": "is cut off|not a readable audio file",
    "cut": "is cut off",
    "silent": "is silent",
    "short": "too short",
    "none": "holds no samples",
    "nan": "NaN or infinite",
    "loud": "full scale is 1",
    "pointer": "pointer of Git LFS",
    "phone": "MPEG-4",
    "gone": "cannot be read",
}


def write_bad(folder: Path) -> dict[str, Path]:
    """Write a file of each kind in `BAD` but the one that is gone; return all paths."""
    paths = {kind: folder / f"{kind}.wav" for kind in BAD}
    samples = {
        "silent": np.zeros(RATE),
        "short": noise(0.01),
        "none": noise(0),
        "nan": np.full(RATE, np.nan),
        "loud": 30000 * noise(),
    }
    for kind, these in samples.items():
        write(paths[kind], these, subtype="FLOAT")
    soundfile.write(paths["cut"], noise(), RATE)
    whole = paths["cut"].read_bytes()
    contents = {
        "empty": b"",
        "text": b"no recording",
        "header": whole[:36],
        "cut": whole[: len(whole) // 2],
        "pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
        "phone": b"\0\0\0\x20ftypM4A " + bytes(100),
    }
    for kind, content in contents.items():
        paths[kind].write_bytes(content)
    return paths
