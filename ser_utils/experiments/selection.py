"""Choosing a DANN without labels of the target, by a rule that was written before it was scored.

The candidates are the systems `systems.CANDIDATES` under every batch norm that was run; `search`
chooses a learning rate and a dropout by the same rule: keep those whose recall on held-out speakers
of the source is within the noise of the best, and of these take the one whose embedding tells a
fresh probe least about the language. Recall alone would choose what suits the source, the probe
alone what has forgotten the emotion, too.

References
----------
Breiman, Friedman, Olshen & Stone, "Classification and Regression Trees", 1984: within one standard
error of the best, take what else is wanted.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from ser_utils.errors import ResultsError
from ser_utils.experiments.grid import has_several_languages, languages_of
from ser_utils.experiments.result_rows import Rows
from ser_utils.experiments.systems import BY_RULE, CANDIDATES

#: What the choice is made for, and what is chosen.
CONDITION = ["source", "target", "task", "normalise", "statistics", "features", "protocol"]
CANDIDATE = ["batch_norm", "method"]
#: All that the rule may read: nothing here was computed with a label of the target.
READ = [*CONDITION, *CANDIDATE, "seed", "uar_source", "language_accuracy"]


def choose(trainings: pd.DataFrame, once: bool = False) -> pd.DataFrame:
    """Choose a candidate for each pair, task, normalisation, ... by the rule.

    Where no probe could be measured, the best recall decides.

    Parameters
    ----------
    trainings : pd.DataFrame
        One row per training, with the columns `READ`; no other is looked at.
    once : bool
        Choose for each pair from its own trainings; or from those of all pairs without the language
        of its target, on either side, so that one choice serves every source of a target.

    Returns
    -------
    pd.DataFrame
        One row per condition and candidate: the means of `uar_source` and `language_accuracy`;
        `behind`, by how much its recall is below the best one, and `noise`, the standard error of
        that; whether it was `kept`, and whether it was `chosen`.

    Raises
    ------
    ResultsError
        If there is no candidate among the trainings, or with `once` no other pair.
    """
    trainings = trainings[READ]
    trainings = trainings[trainings["method"].isin(CANDIDATES)]
    if trainings.empty:
        raise ResultsError(f"no candidate was trained: run {', '.join(CANDIDATES)}.")
    parts = []
    for condition, own in trainings.groupby(CONDITION, sort=False):
        if once:
            own = _elsewhere(trainings, dict(zip(CONDITION, condition, strict=True)))
        of_condition = ruled(own, CANDIDATE, ["source", "target", "seed"])
        for name, value in zip(reversed(CONDITION), reversed(condition), strict=True):
            of_condition.insert(0, name, value)
        parts.append(of_condition)
    return pd.concat(parts, ignore_index=True)


def _elsewhere(trainings: pd.DataFrame, condition: dict[str, str]) -> pd.DataFrame:
    """Trainings under the same condition on pairs without the language of this target."""
    target = condition["target"]
    same = [name for name in CONDITION if name not in ("source", "target")]
    names = {*trainings["source"], *trainings["target"]}
    lacks_it = {name: languages_of(name).isdisjoint(languages_of(target)) for name in names}
    is_other = trainings["source"].map(lacks_it) & trainings["target"].map(lacks_it)
    others = trainings[is_other & (trainings[same] == pd.Series(condition)[same]).all(axis=1)]
    if others.empty:
        raise ResultsError(
            f"there is no pair without the language of {target} to choose for {target} by."
        )
    return others


def ruled(trainings: pd.DataFrame, names: list[str], units: list[str]) -> pd.DataFrame:
    """Apply the rule to trainings that are alike but for what `names` and `units` tell.

    Candidates are told by the columns `names`. In each unit, such as a pair and seed, all of them
    held the same speakers out. Returns a row per candidate, with the columns of `choose`.
    """
    by_candidate = trainings.groupby(names, sort=False)
    table = by_candidate[["uar_source", "language_accuracy"]].mean()
    recall = trainings.pivot(index=units, columns=names, values="uar_source")[table.index]
    behind = -recall.sub(recall[table["uar_source"].idxmax()], axis=0)
    table["behind"] = behind.mean()
    table["noise"] = behind.std() / np.sqrt(behind.count())
    table["kept"] = table["behind"] <= table["noise"].fillna(0.0)
    kept = table[table["kept"]].sort_values("behind", kind="stable")
    chosen = kept["language_accuracy"].fillna(np.inf).idxmin()
    return table.assign(chosen=table.index == chosen).reset_index()


def with_chosen(rows: Rows) -> Rows:
    """Add rows of what was chosen: by rule, and by an oracle that shows what labels would bring.

    They are rows of trainings that are there, under the method `dann_rule` (chosen per pair),
    `dann_rule_once` or `oracle_dann`, and the batch norm `BY_RULE`. So is the baseline with the
    bounded embedding under the batch norm that the rule chose per pair: against it, all that
    differs is the adversary. Rows come back as they are where no candidate was trained.
    """
    table = rows.table.reset_index(drop=True)
    if not table["method"].isin(CANDIDATES).any():
        return rows
    per_pair = _winners(choose(table))
    parts = [rows, _renamed(rows, _matching(table, per_pair), "dann_rule")]
    several = [name for name in table["source"].unique() if has_several_languages(name)]
    single = table[~table["source"].isin(several)]
    if len(set(map(languages_of, single["target"].unique()))) > 2:  # else each pair holds each
        once = _winners(choose(table, once=True))
        parts.append(_renamed(rows, _matching(table, once), "dann_rule_once"))
    parts.append(_renamed(rows, _matching(table, _oracle(table)), "oracle_dann"))
    same_norm = per_pair.assign(method="bounded")
    parts.append(_renamed(rows, _matching(table, same_norm), "bounded"))
    return Rows.joined(parts)


def winners(path: str | Path) -> dict[tuple[str, ...], tuple[str, str]]:
    """Read what was chosen per pair from a file that `summarise` wrote from `choose`.

    From source, target, task and normalisation to batch norm and method. Raises `ResultsError` if
    it is not there, or is another file.
    """
    try:
        table = pd.read_csv(path)
        chosen = table[table["chosen"] & (table["protocol"] == "transductive")]
        keys = chosen[["source", "target", "task", "normalise"]].itertuples(index=False, name=None)
        return dict(zip(keys, chosen[CANDIDATE].itertuples(index=False, name=None), strict=True))
    except (OSError, ValueError, KeyError) as error:
        raise ResultsError(
            f"{path} does not tell which DANN was chosen ({error}): run reproduce and summarise."
        ) from error


def _winners(candidates: pd.DataFrame) -> pd.DataFrame:
    return candidates.loc[candidates["chosen"], CONDITION + CANDIDATE]


def _oracle(table: pd.DataFrame) -> pd.DataFrame:
    """The candidate with the best UAR on the target, for each condition: it takes its labels."""
    candidates = table[table["method"].isin(CANDIDATES)]
    means = candidates.groupby(CONDITION + CANDIDATE, sort=False)["uar_target"].mean()
    best = means.groupby(CONDITION, sort=False).idxmax()
    return pd.DataFrame(best.tolist(), columns=CONDITION + CANDIDATE)


def _matching(table: pd.DataFrame, wanted: pd.DataFrame) -> np.ndarray:
    """Positions of the rows of `table` that are of a row of `wanted`."""
    numbered = table[CONDITION + CANDIDATE].assign(position=range(len(table)))
    return numbered.merge(wanted[CONDITION + CANDIDATE])["position"].to_numpy()


def _renamed(rows: Rows, positions: np.ndarray, method: str) -> Rows:
    part = rows.take(positions)
    return part._replace(table=part.table.assign(method=method, batch_norm=BY_RULE))
