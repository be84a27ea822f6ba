# %% [markdown]
# # 7 · The reproduction: every pair, both tasks, many seeds
#
# **You will be able to**
# - read a table of gains with intervals, and say what each interval resamples;
# - tell a gain of a method from a gain of a normalisation, a protocol or a lucky seed;
# - rerun any cell of it, and run the same grid on a language of your own;
# - say what held of "an average absolute improvement of 3.91 %", what did not, and what cannot be known.
#
# **Prerequisites**: [05_batch_norm](05_batch_norm.ipynb). \
# **Time**: about 2 minutes on 2 CPU cores. \
# **Data**: stored results of RAVDESS, EMO-DB and EMOVO; the pair of notebook 1, and synthetic speech of
# three languages, for what runs live. \
# **Next**: a corpus of your own: see `data/README.md`.

# %%
import numpy as np
import pandas as pd
import torch
from scipy import stats

from ser_utils import alignment, datasets, domains, features, figures, files, metrics, models
from ser_utils import training
from ser_utils.errors import DomainError
from ser_utils.experiments import provenance, resampling, result_rows, scoring, summary
from ser_utils.lessons import choice, exercises, tables

torch.set_num_threads(1)  # networks this small: threads would wait for each other

# %% tags=["parameters"]
SOURCE = "auto"
TARGET = "auto"
TASK = "arousal"
ON_ERROR = "raise"

# %% [markdown]
# ## The claim, and what would test it
#
# Cai et al. (2021) report for DANN "an average absolute improvement of 3.91 % over the baseline for
# arousal and valence". The abstract does not say on which pairs, over how many seeds, or how sure it is.
# So we train, on three open corpora: all ordered pairs, both tasks, two normalisations of the features,
# four compositions of batch norm, baseline and DANN, two protocols, ten seeds, and a supervised ceiling.
# One command did it (`make reproduce`), and it goes on where it was stopped. Each row is one training:

# %%
path = files.in_checkout("results", "reproduction.csv")
results = result_rows.read(path)
trainings = results.table
print(f"{len(trainings)} rows of {trainings['target'].nunique()} corpora.")
print(provenance.sentence(path))
tables.blank(trainings.groupby("method").head(1)).T

# %% [markdown]
# Hyper-parameters stand in one file, `ser_utils/settings.py`; learning rate and dropout were chosen by
# recall on held-out *source* speakers. No target label was used for a choice of them.
#
# > **Predict.** Ten seeds, six pairs, two tasks: on how many of the twelve do you expect DANN to gain?
# > By more, or by less, than its seeds differ among themselves?
#
# ## From trainings to a gain
#
# One number first, by hand: the mean over seeds of UAR on the target, DANN minus baseline, under the
# same batch norm and normalisation, pair by pair.

# %%
NORM = "none"  # the composition: none, source, joint or separate
cell = trainings.query(
    "task == @TASK and normalise == 'source' and batch_norm == @NORM and protocol == 'transductive'"
)
mean_uar = cell.pivot_table("uar_target", ["source", "target"], "method")
gains = 100 * (mean_uar["dann"] - mean_uar["baseline"])
(100 * mean_uar).assign(gain=gains).round(1)

# %% [markdown]
# **How sure is it?** Three things vary by chance: which *speakers* the target corpus recorded, which
# *seed* a training started from, and which *pairs* of corpora exist. A **bootstrap** draws them again,
# with replacement, and measures how much the mean moves. Both systems are
# scored on the same draw (**paired**): a speaker hard for both cancels. By hand, for seeds only:

# %%
by_seed = cell.pivot_table("uar_target", ["source", "target", "seed"], "method")
by_seed = 100 * (by_seed["dann"] - by_seed["baseline"]).unstack("seed").to_numpy()  # (pairs, seeds)
rng = np.random.default_rng(0)
drawn = rng.integers(by_seed.shape[1], size=(2000, by_seed.shape[1]))
samples = by_seed[:, drawn].mean(axis=(0, 2))
low, high = np.percentile(samples, [2.5, 97.5])
print(f"{TASK}, batch norm {NORM}: mean gain {by_seed.mean():+.1f} points,")
print(f"[{low:+.1f}, {high:+.1f}] if only the seeds were drawn again.")

# %% [markdown]
# And for the others, alone and together. Compare the widths. The last interval is about *other corpora
# than these*, and six ordered pairs of three corpora say little about them.

# %%
how = {"task": TASK, "batch_norm": NORM, "normalise": "source"}
for over in (["seeds"], ["speakers"], ["speakers", "seeds"], ["speakers", "seeds", "pairs"]):
    redrawn = resampling.Resampling(results, over=over)
    gain = redrawn.score("dann", **how) - redrawn.score("baseline", **how)
    print(f"{' and '.join(over):28} {gain.estimate()}")

# %% [markdown]
# ### Exercise 1: paired or not?
#
# Write the bootstrap interval of the difference of two systems scored on the same speakers: draw
# *speakers* with replacement, the same for both. You get UAR by speaker (shape `(speakers,)`) of both.


# %%
def paired_interval(baseline, dann, draws):
    """Return low and high: 2.5 and 97.5 percentile of the mean gain; draws: (replicates, n)."""
    # your code here


exercises.check_paired_interval(paired_interval)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def paired_interval(baseline, dann, draws):
#     gains = (dann - baseline)[draws].mean(axis=1)
#     return np.percentile(gains, [2.5, 97.5])
#
# exercises.check_paired_interval(paired_interval)
# ```
# </details>
#
# ## The table

# %%
table = summary.table(results)
main = table.query(
    "normalise == 'source' and protocol == 'transductive' and statistics == 'running'"
)
figures.show(
    figures.results.forest(main),
    "Gain of DANN over the baseline on each pair and on average, with 95 % intervals, by task and "
    "composition of batch norm; a dotted line marks the paper's average.",
)

# %% [markdown]
# Dots are pairs; the thick bar is their mean for *these* pairs, the thin one with pairs drawn too.
#
# > **Predict.** Does the gain depend more on the source or on the target? Look for rows or columns.

# %%
figures.show(
    figures.results.pair_matrix(main[(main["batch_norm"] == NORM) & (main["task"] != "mean")]),
    f"Gain of DANN from each source to each target, both tasks, batch norm {NORM}.",
)

# %%
columns = ["baseline", "dann", "gain", "gain_low", "gain_high", "gain_low_pairs", "gain_high_pairs"]
means = main[main["source"] == summary.MEAN].set_index(["task", "batch_norm"])
percent = (100 * means[[*columns, "ceiling", "gap_closed"]]).round(1)
percent.join(means[["pairs_that_gain", "pairs", "wilcoxon_p"]].round(3))

# %% [markdown]
# - `ceiling` is an **oracle**: trained on labelled speakers of the target, tested on others.
#   `gap_closed` is the share of the way from baseline to ceiling. Where a corpus has few speakers, the
#   ceiling is low, and the share says little.
# - `wilcoxon_p` is a **signed-rank test** of the pairs' gains against zero: it asks whether ranks of
#   gains and losses balance. With six pairs it cannot fall below a certain value, however large the gains:

# %%
print(f"smallest possible p with 6 pairs: {stats.wilcoxon(np.arange(1, 7)).pvalue:.3f}")
for (task, norm), row in means.iterrows():
    low, high = row["gain_low"], row["gain_high"]
    verdict = "gains" if low > 0 else "loses" if high < 0 else "not certain"
    reached = "reaches" if 100 * row["gain"] >= summary.PAPER_GAIN else "below"
    gain = metrics.points(row["gain"])
    print(f"{task:8} {norm:9} {gain:>5}  {verdict:12} {reached} {summary.PAPER_GAIN}")

# %% [markdown]
# ## How fragile is it?
#
# ### Would a single seed have told the opposite story?

# %%
fragile = summary.seed_disagreement(results).query(
    "normalise == 'source' and protocol == 'transductive'"
)
of_mean = fragile.query("source == 'mean'").set_index(["task", "batch_norm"])
on_a_pair = fragile.query("source != 'mean'").groupby(["task", "batch_norm"])["opposite"].mean()
shown = of_mean[["gain", "lowest", "highest", "opposite"]].assign(opposite_on_a_pair=on_a_pair)
(100 * shown).round(1)

# %% [markdown]
# `opposite` is the share of single seeds (in percent) whose mean gain over *all six pairs* has the other
# sign than the mean over seeds; `opposite_on_a_pair` that of seeds that contradict the mean of a single
# pair, averaged over the pairs.
#
# ### Normalisation, and the protocol
#
# Under `dataset` normalisation both systems use statistics of the target. In the **inductive** protocol
# they adapt to half of the target's speakers and are scored on the other half.

# %%
conditions = table.query("source == 'mean' and task == @TASK").set_index(
    ["batch_norm", "normalise", "protocol"]
)
side_by_side = (100 * conditions[["baseline", "gain"]]).round(1).unstack(["normalise", "protocol"])
side_by_side.loc[["none", "source", "joint", "separate"]]

# %% [markdown]
# Read both halves together. A column whose *baseline* is high and whose gain is small is not a failure of
# DANN: something else had adapted already. Compare absolute values across columns before you prefer one.
#
# ### The label of disgust
#
# Is disgust high or low arousal? Published schemes disagree (notebook 1). Live, on your pair:

# %%
source_name, target_name = choice.corpora(SOURCE, TARGET)
source = features.of_corpus(source_name, on_error=ON_ERROR)
target = features.of_corpus(target_name, on_error=ON_ERROR)


def under(scheme: str) -> dict[str, float]:
    """Return the target UAR of both systems, mean over three seeds; nothing if a class is absent."""
    try:
        pair = domains.pair(source, target, task="arousal", scheme=scheme)
        model, test = models.mlp(pair, batch_norm=NORM), pair.evaluation
        scores = {}
        for system, align in (("baseline", None), ("DANN", alignment.DomainAdversary())):
            runs = [training.fit(model, pair, align=align, seed=seed) for seed in range(3)]
            scores[system] = np.mean([metrics.uar(test.labels, r.predict(test)) for r in runs])
        return scores
    except DomainError as error:
        print(f"{scheme} is left empty: {error}")
        return {"baseline": np.nan, "DANN": np.nan}


schemes = pd.DataFrame({s: under(s) for s in ("disgust-low", "disgust-high", "disgust-out")}).T
gain = schemes["DANN"] - schemes["baseline"]
tables.blank((100 * schemes.assign(gain=gain)).round(1).rename_axis("scheme"))

# %% [markdown]
# A gain that holds under one scheme only is a finding about labels. (Under `disgust-out`, target
# utterances are left out by their label, which an unlabelled target could not do.)
#
# ## Which pairs, and why not more?
#
# Alignment cannot see classes. Where two corpora differ in the *share* of a class, it has to carry some
# utterances over to the other one (notebook 3). Is that what the losing pairs have in common?

# %%
counts = results.totals.sum(axis=1)  # utterances of each class, (rows, 2)
share = trainings.assign(share=counts[:, 1] / counts.sum(axis=1))
share = share.query("protocol == 'transductive'").groupby(["task", "target"])["share"].first()
of_pairs = main.query("source != 'mean' and task != 'mean' and batch_norm == @NORM")
difference = [
    abs(share[task, a] - share[task, b])
    for task, a, b in zip(of_pairs["task"], of_pairs["source"], of_pairs["target"], strict=True)
]
of_pairs = of_pairs.assign(difference=difference)[
    ["task", "source", "target", "difference", "gain"]
]
rank = stats.spearmanr(of_pairs["difference"], of_pairs["gain"])
print(f"Rank correlation of the difference in class shares with the gain: {rank.statistic:+.2f}")
print(f"(p = {rank.pvalue:.2f}, taking {len(of_pairs)} pairs for independent, which they are not)")
shown = of_pairs.set_index(["task", "source", "target"]).sort_values("gain")
(100 * shown).round(1)

# %% [markdown]
# A correlation over a handful of corpora is a hint, no explanation. What else could it be?
#
# λ, the number of epochs and the width of the adversary were not tuned. `make sensitivity` varied one at a
# time, with all else as it was. These are scores on the *target*: they explain, and must not choose
# anything (`oracle_`).

# %%
varied = pd.read_csv(files.in_checkout("results", "sensitivity.csv"))
figures.show(
    figures.results.sensitivity(varied),
    "Target UAR of baseline and DANN as epochs, largest lambda and width of the adversary vary one at "
    "a time, by task and batch norm; means over pairs and seeds.",
)
usual = varied[varied["usual"]].groupby(["task", "batch_norm"])["oracle_gain"].mean()
best = varied.loc[varied.groupby(["task", "batch_norm"])["oracle_gain"].idxmax()]
best = best.set_index(["task", "batch_norm"])[["setting", "value", "oracle_gain"]]
best.assign(oracle_gain=100 * best["oracle_gain"], usual_gain=100 * usual).round(1)

# %% [markdown]
# The best of these was chosen with target labels. Tuning one setting without labels can bring at most as
# much.
#
# ## Several source languages
#
# A network that learns from two languages has less reason to lean on what only one of them does.
# `domains.pair` takes a list of sources, each of another language. The usual language classifier tells all
# of them from the target; one of three classes also tells them from each other, so that the encoder has to
# hide that as well. On synthetic speech, which every reader has: it shows the method at work, and proves nothing about
# it.
#
# > **Predict.** From one source to two, or from the baseline to DANN: which step helps more? Does it help
# > that the languages of the source look alike as well?

# %%
english, italian, german = (
    features.extract(datasets.load(f"synthetic-{code}")) for code in ("en", "it", "de")
)
sources = {"English": english, "Italian": italian, "both": [english, italian]}
systems = {
    "baseline": None,
    "DANN, 2 classes": alignment.DomainAdversary(),
    "DANN, 3 classes": alignment.DomainAdversary(domains=3),
}
runs, scores = {}, {}
for of, data in sources.items():
    to_german = domains.pair(data, german, task=TASK)
    model, test = models.mlp(to_german, batch_norm=NORM), to_german.evaluation
    for name, align in systems.items():
        if name == "DANN, 3 classes" and of != "both":
            continue  # there are only two languages to tell apart
        trained = [training.fit(model, to_german, align=align, seed=seed) for seed in range(3)]
        runs[of, name] = trained[0]
        scores[of, name] = [metrics.uar(test.labels, run.predict(test)) for run in trained]
by_source = pd.DataFrame(scores).agg(["mean", "min", "max"]).T.rename_axis(["source", "system"])
(100 * by_source).round(1)

# %%
figures.show(
    figures.training_curves({name: runs["both", name].history for name in systems}),
    "Two source languages, one seed: label loss and held-out recall of the three systems, and domain "
    "loss, domain accuracy and lambda of both DANNs, by epoch. Dashed lines mark chance: the loss has one "
    "for each DANN.",
)

# %% [markdown]
# `min` and `max` are of the seeds: what is smaller than their distance is no finding. The step from one
# source to both is not the second language alone: it also brings more utterances and more updates per
# epoch. And a DANN that does better with both than with one may owe it to either.
#
# Half of every batch is German, so a classifier that always names the target has an accuracy of 0.5
# whatever the number of classes. Only the loss at chance is higher for three: there is more to guess. Look at both: a
# classifier that knew the sources from each other, and nothing of the target, would be hidden by its
# accuracy, and betrayed by its loss.
#
# ## Rerun a cell
#
# Do not believe the table: run it. One training of the stored grid, from the recordings, if they are on
# your machine; else the same cell of the pair that is.

# %%
key = result_rows.Key(
    source_name, target_name, TASK, "source", NORM, "running", "dann", "egemaps", "transductive", 0
)
(live,) = scoring.score([key], source, target)
print(f"live:   {key.source} -> {key.target}, target UAR {100 * live.uar_target:.2f} %")
stored = trainings[(trainings[list(result_rows.KEY)] == list(key)).all(axis=1)]
for uar in stored["uar_target"]:
    print(f"stored: {key.source} -> {key.target}, target UAR {100 * uar:.2f} %")
if stored.empty:
    print("The stored results are of real corpora; this pair is not among them.")

# %% [markdown]
# Another processor rounds differently, which may tip an utterance or two.
#
# ### Exercise 2: choose another pair
#
# Fill in two corpora that are present (`datasets.describe()`), and compare the gain with the stored one.
# Write a function that returns the mean gain of DANN over the baseline, in points, over seeds, for a
# table of rows like `trainings`. The check feeds it a small one.


# %%
def mean_gain(rows: pd.DataFrame) -> float:
    """Return DANN minus baseline, in points of UAR: seeds of a pair first, then pairs."""
    # your code here


exercises.check_mean_gain(mean_gain)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def mean_gain(rows):
#     pairs = rows.pivot_table("uar_target", ["source", "target"], "method")
#     return 100 * (pairs["dann"] - pairs["baseline"]).mean()
#
# exercises.check_mean_gain(mean_gain)
# ```
#
# Pairs may have unequal numbers of seeds, so the order of the two means matters.
# </details>
#
# On the pair of your choice, the whole cell: `python -m ser_utils reproduce --datasets ... --out my.csv`,
# then `python -m ser_utils summarise my.csv`. It uses every core, and may be stopped and started again.
#
# ## What held, and what did not

# %%
both = means.loc[summary.MEAN]
print(f"The paper: +{summary.PAPER_GAIN} points on average over arousal and valence.")
for norm, row in both.iterrows():
    gain = metrics.Estimate(row["gain"], row["gain_low"], row["gain_high"])
    share = f"{row['pairs_that_gain']:.0f} of {row['pairs']:.0f} pairs gain"
    print(f"Here, batch norm {norm:9}: {gain:+}, {share}.")
held = [norm for norm, row in both.iterrows() if row["gain_low"] > 0]
print("The interval excludes 0, over both tasks, under:", ", ".join(held) or "none of them")
for task, of_task in means.drop(summary.MEAN, level="task").groupby(level="task"):
    system = "DANN" if of_task["dann"].max() > of_task["baseline"].max() else "the baseline"
    norm = of_task[["baseline", "dann"]].max(axis=1).idxmax()[1]
    print(f"Highest mean target UAR for {task} (oracle_): {system} under {norm}")

# %% [markdown]
# ## Summary
#
# - A gain is a difference under the *same* composition and normalisation, with an interval that says what
#   it resamples. The sign of a single seed is a coin with a bias.
# - Statistics of the target adapt as well. What DANN adds shrinks where they did its work.
# - A reproduction on other corpora tests whether an effect *travels*, not whether a number was right.
#
# **What one cannot know from the abstract.** The corpora, the features, the layers and widths, the
# measure behind "3.91 %", the baseline's normalisation, the composition of the batches, the number of
# seeds, and whether settings were chosen with target labels.
#
# **Limits.** Acted speech, three corpora that share few sentences and one recording channel each; the
# stored results are of a copy of EMO-DB whose utterances had been cut or padded to one length, and of earlier
# settings, which the first output of this notebook lists; intervals take pairs that share corpora as independent when they draw pairs. Exploratory runs on these corpora came before this grid:
# see the README.
#
# **Further reading.** Field & Welsh 2007, *Bootstrapping clustered data*, JRSS B 69(3). Owen 2007, *The
# pigeonhole bootstrap*, Annals of Applied Statistics 1(2). Demšar 2006, *Statistical comparisons of
# classifiers over multiple data sets*, JMLR 7. Bouthillier et al. 2021, *Accounting for variance in
# machine learning benchmarks*, MLSys. Cai et al. 2021, arXiv 2012.11174.
