"""Results written by hand, for the tests of what is computed from them."""

import itertools

import numpy as np
import pandas as pd

from ser_utils.experiments.result_rows import COLUMNS, KEY, Rows

PLAIN = dict(
    zip(
        KEY,
        ("en", "de", "arousal", "source", "source", "running", "baseline", "egemaps"),
        strict=False,
    )
) | {"protocol": "transductive", "seed": 0}
SPEAKERS = {"de": ["de-1", "de-2", "de-3", "de-4"], "en": ["en-1", "en-2", "en-3"]}


def made(trainings) -> Rows:
    """Rows of (settings other than `PLAIN`, {speaker: (hits 0, total 0, hits 1, total 1)})."""
    speakers = sorted(set(itertools.chain.from_iterable(counts for _, counts in trainings)))
    counts = np.zeros((len(trainings), len(speakers), 2, 2), dtype=int)
    lines = []
    for i, (settings, by_speaker) in enumerate(trainings):
        for speaker, four in by_speaker.items():
            counts[i, speakers.index(speaker)] = np.reshape(four, (2, 2))
        hits, totals = counts[i].sum(axis=0).T
        scores = {"epochs": 30, "uar_source": 0.7, "uar_target": np.mean(hits / totals)}
        scores |= {"uar_majority": 0.5, "language_accuracy": 0.9, "seconds": 1.0}
        scores |= dict.fromkeys(("auc_target", "uar_median", "uar_em"), scores["uar_target"])
        lines.append(PLAIN | scores | settings)
    table = pd.DataFrame(lines, columns=COLUMNS)
    hits, totals = counts[..., 0], counts[..., 1]
    # Scores that are only right or wrong: every utterance ranks as it was recognised.
    return Rows(table, speakers, hits, totals, hits.astype(float))


def at(uar: float, *speakers: str) -> dict:
    """Speakers, by default three, of 1000 utterances of each class, recognised at this rate."""
    return dict.fromkeys(speakers or SPEAKERS["de"][:3], (round(1000 * uar), 1000) * 2)


def longhand(
    rows: Rows, measure: str, speakers: list[str] | None = None, **settings
) -> list[float]:
    """Score each training with these settings, from labels and predictions written out in full."""
    scores = []
    for i in np.flatnonzero((rows.table[list(settings)] == pd.Series(settings)).all(axis=1)):
        labels, right = [], []
        for speaker in rows.speakers if speakers is None else speakers:
            s = rows.speakers.index(speaker)
            for c in (0, 1):
                hits, total = rows.hits[i, s, c], rows.totals[i, s, c]
                labels += [c] * total
                right += [True] * hits + [False] * (total - hits)
        labels, right = np.array(labels), np.array(right)
        recalls = [right[labels == c].mean() for c in (0, 1)]
        # What is only right or wrong ranks as it is recognised: AUC is UAR.
        scores.append(right.mean() if measure == "accuracy" else np.mean(recalls))
    return scores


def of_gains(gains, ceiling=None, **settings) -> Rows:
    """One target; the baseline at 0.6, and DANN above by `gains`, one per source."""
    trainings = []
    for i, gain in enumerate(gains):
        pair = settings | {"source": f"s{i}"}
        trainings += [(pair, at(0.6)), (pair | {"method": "dann"}, at(0.6 + gain))]
        if ceiling is not None:
            trainings.append((pair | {"method": "supervised"}, at(ceiling)))
    return made(trainings)


def grid() -> Rows:
    """Four pairs, two tasks, three seeds, all methods, without and with batch norm, at random."""
    rng = np.random.default_rng(0)
    trainings = []
    for (source, target), task, norm, method, seed in itertools.product(
        [("en", "de"), ("it", "de"), ("de", "en"), ("it", "en")],
        ["valence", "arousal"],
        ["source", "none"],
        ["baseline", "dann", "supervised"],
        range(3),
    ):
        totals = np.random.default_rng(len(target + task)).integers(4, 12, (4, 2))
        recall = {"baseline": 0.55, "dann": 0.65, "supervised": 0.85}[method]
        counts = {
            speaker: tuple(np.column_stack([rng.binomial(total, recall), total]).ravel())
            for speaker, total in zip(SPEAKERS[target], totals, strict=False)
        }
        keys = {"source": source, "target": target, "task": task, "batch_norm": norm}
        trainings.append((keys | {"method": method, "seed": seed}, counts))
    return made(trainings)
