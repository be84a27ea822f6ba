"""One recording in several files: the same samples, or the same sound.

Samples are compared by their digest. For the same sound (resampled, louder, compressed, cut) the
files whose first second of speech is nearest are candidates, and the peak of their normalised
cross-correlation is the proof: two recordings of one sentence by one voice stay far below it.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import scipy.signal
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.neighbors import NearestNeighbors

from ser_utils import audio
from ser_utils.datasets.audit.finding import ERROR, WARNING, Case, Finding

#: Files whose openings are less similar (as cosines) are not compared, nor more than so many.
SIMILAR, NEAREST = 0.95, 3
#: The correlation of a recording and its copy, at a sampling rate (Hz) that telephones have.
SAME, RATE = 0.9, 8_000
#: A copy holds so much of the shorter recording.
OVERLAP = 0.5


def about_repeats(rows: pd.DataFrame) -> Iterator[Finding]:
    """Find recordings that occur more than once; what labels they have decides how bad it is.

    A row is an utterance with its description; `emotion` and `speaker` may be missing.
    """
    groups = [rows.iloc[group] for group in _groups(rows)]
    kinds = {"emotion": [], "speaker": [], "": []}
    for group in groups:
        differs = [c for c in ("emotion", "speaker") if c in group and group[c].nunique() > 1]
        kinds[next(iter(differs), "")].append(group)
    for column, found in kinds.items():
        if not found:
            continue
        what, mend = f"recordings that occur more than once: {len(found)}", _MEND[column]
        if column:
            what = f"recordings under more than one {column}: {len(found)}"
        yield Finding(ERROR if column else WARNING, what, mend, [_case(g) for g in found])


_MEND = {
    "emotion": "Find out which label is right, and leave the others out, or all of them.",
    "speaker": "Find out who speaks, and leave the others out: a split by speakers does not keep "
    "them apart.",
    "": "Leave all but one of them out, so that none counts twice.",
}


def _case(group: pd.DataFrame) -> Case:
    labels = [c for c in ("emotion", "speaker") if c in group and group[c].nunique() > 1]
    named = [
        f"{row['path']} ({', '.join(row[c] for c in labels)})" if labels else row["path"]
        for _, row in group.iterrows()
    ]
    return Case(" = ".join(named), group["path"].tolist())


def _groups(rows: pd.DataFrame) -> list[np.ndarray]:
    """Return the positions of files that hold one recording, for each that occurs repeatedly."""
    if len(rows) < 2:
        return []
    paths = rows["path"].to_numpy()
    digest, _ = pd.factorize(rows["sha256"])
    firsts = np.unique(digest, return_index=True)[1]
    pairs = {(int(firsts[d]), i) for i, d in enumerate(digest) if firsts[d] != i}
    pairs |= {
        (a, b) for a, b in _similar(rows.iloc[firsts], firsts) if same_sound(paths[a], paths[b])
    }
    if not pairs:
        return []
    left, right = np.array(sorted(pairs)).T
    graph = coo_array((np.ones(len(left)), (left, right)), shape=(len(rows), len(rows)))
    _, component = connected_components(graph, directed=False)
    of_component = [np.flatnonzero(component == c) for c in np.unique(component[left])]
    return sorted(of_component, key=lambda group: group[0])


def _similar(rows: pd.DataFrame, positions: np.ndarray) -> set[tuple[int, int]]:
    """Return pairs of files whose openings sound similar."""
    openings = np.stack(rows["opening"])
    n = min(1 + NEAREST, len(rows))
    nearest = NearestNeighbors(n_neighbors=n, algorithm="brute").fit(openings)
    distances, neighbours = nearest.kneighbors(openings)
    near = 1 - distances**2 / 2 >= SIMILAR  # of unit vectors, the cosine
    rows_, columns = np.nonzero(near)
    others = neighbours[rows_, columns]
    return {tuple(sorted(p)) for p in zip(positions[rows_], positions[others], strict=True)} - {
        (p, p) for p in positions
    }


def same_sound(path: str, other: str) -> bool:
    """Whether two files hold one recording, whatever their level, rate, format and ends."""
    one, two = sorted((audio.read(path, RATE), audio.read(other, RATE)), key=len)
    one, two = one - one.mean(), two - two.mean()
    correlation = np.abs(scipy.signal.correlate(two, one, method="fft"))
    lag = int(correlation.argmax()) - (len(one) - 1)
    start, end = max(lag, 0), min(lag + len(one), len(two))
    if end - start < OVERLAP * len(one):
        return False
    return abs(np.corrcoef(two[start:end], one[start - lag : end - lag])[0, 1]) >= SAME
