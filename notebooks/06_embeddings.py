# %% [markdown]
# # 6 · Embeddings: see them, hear them, doubt them
#
# **You will be able to**
# - put embeddings on a plane by UMAP, so that what you compare was fitted together;
# - recognise an embedding in which languages mix and classes do not, and check it by numbers;
# - tell where the language hides that a picture does not show;
# - provoke three pictures that mislead, and find out each.
#
# **Prerequisites**: [04_dann](04_dann.ipynb), [05_batch_norm](05_batch_norm.ipynb). \
# **Time**: about 2 minutes on 2 CPU cores. \
# **Data**: the pair of notebook 1; stored measurements of other pairs. \
# **Next**: [07_reproduction](07_reproduction.ipynb)

# %% [markdown] tags=["teacher"]
# The exercise of ten minutes is the first one. A projection that takes everything out also hides the
# language: that is why its check asks for the emotion as well. Let students listen in the explorer
# before they read a number.

# %%
from dataclasses import replace

import numpy as np
import pandas as pd
import torch
from torch import nn

from ser_utils import alignment, domains, features, figures, files
from ser_utils import metrics, models, trained, training
from ser_utils.embeddings import distances, invariance, projection
from ser_utils.embeddings.maps import Maps
from ser_utils.experiments import invariance as invariance_experiment
from ser_utils.experiments import scoring
from ser_utils.lessons import choice, exercises, quiz, tables
from ser_utils.widgets import motion
from ser_utils.widgets.explorer import Explorer
from ser_utils.widgets.your_voice import YourVoice

torch.set_num_threads(1)  # networks this small: threads would wait for each other

# %% tags=["parameters"]
SOURCE = "auto"
TARGET = "auto"
TASK = "arousal"
ON_ERROR = "raise"

# %%
source_name, target_name = choice.corpora(SOURCE, TARGET)
source = features.of_corpus(source_name, on_error=ON_ERROR)
target = features.of_corpus(target_name, on_error=ON_ERROR)
pair = domains.pair(source, target, task=TASK, normalise="source")
own = domains.pair(source, target, task=TASK, normalise="dataset")  # each by its own statistics
print(pair, own, sep="\n")

# %% [markdown]
# ## Four systems and two controls
#
# The aim is *language out, emotion in*. How far has each of these systems come? The last two rows are
# **[controls](../docs/glossary.md#control)**: they have the same network and statistics as the DANNs, but no adversary.
#
# | name here | inputs normalised by | batch norm | embedding | adversary |
# |---|---|---|---|---|
# | baseline | source | source | ReLU, dropout | none |
# | DANN | source | source | ReLU, dropout | 1 step |
# | DANN, 5 steps, λ 1 | source | joint | tanh, no dropout | 5 steps |
# | 5 steps, dataset | each dataset | joint | tanh, no dropout | 5 steps |
# | no adversary | source | joint | tanh, no dropout | none |
# | no adversary, dataset | each dataset | joint | tanh, no dropout | none |
#
# We train three seeds of each. Pictures show the first seed; numbers are means over the three. For the first DANN
# with five steps we also keep the embeddings after some epochs.

# %%
BASELINE, ONE_STEP, FIVE_STEPS = "baseline", "DANN", "DANN, 5 steps, λ 1"
DATASET = "5 steps, dataset"
recipes = {  # pair, batch norm, and name in experiments.systems
    BASELINE: (pair, "source", "baseline"),
    ONE_STEP: (pair, "source", "dann"),
    FIVE_STEPS: (pair, "joint", "dann_5_1"),
    DATASET: (own, "joint", "dann_5_1"),
    "no adversary": (pair, "joint", "bounded"),
    "no adversary, dataset": (own, "joint", "bounded"),
}
EPOCHS, snapshots = (1, 2, 4, 8, 15, 30), {}


def watch(epoch: int, model: models.EmotionModel) -> None:
    """Keep the embeddings of source and target after an epoch, one below the other."""
    if epoch in EPOCHS:
        snapshots[epoch] = trained.embed(model, pair.source, pair.evaluation)


watched = {(FIVE_STEPS, 0): {"on_epoch": watch}}
runs = {
    title: [scoring.train(*of, seed, **watched.get((title, seed), {})) for seed in range(3)]
    for title, of in recipes.items()
}

# %% [markdown]
# ## 1 · Side by side
#
# An embedding has too many dimensions to look at. **[UMAP](../docs/glossary.md#umap)** (McInnes, Healy & Melville 2018) finds the nearest
# neighbours of each utterance, and then lays out points $y_i$ on the plane so that neighbours $i, j$ attract each
# other and others repel:
#
# $$\min_y \; \sum_{i \ne j} \Big[ p_{ij} \log \frac{p_{ij}}{q_{ij}}
# + (1 - p_{ij}) \log \frac{1 - p_{ij}}{1 - q_{ij}} \Big], \qquad
# q_{ij} = \frac{1}{1 + a \lVert y_i - y_j \rVert^{2b}},$$
#
# where $p_{ij}$ is near 1 for the nearest neighbours in the embedding, and 0 beyond the number of neighbours we
# ask for; $q_{ij}$ is near 1 if two points lie close together on the plane. So the map tells *who is beside whom*. It
# does not tell how far apart two clusters lie, how large they are or how dense. Source and target have to be in *one*
# fit: you cannot compare points of two fits. (We draw the points in random order: a language that is drawn last
# would cover the other.)
#
# > **Predict.** In which of the first four systems will the languages mix? In which will the two classes lie
# > apart, in *both* languages? Where both mix and lie apart, is the language gone?

# %% [markdown] tags=["answer"]
# The languages mix in the systems with five steps, and there the classes lie apart in both languages.
# "Mixed and apart, so the language is gone" is the answer to wait for: the probe stands in the title
# and says otherwise for the third system.

# %%
n_source, test = len(pair.source), pair.evaluation
speakers = pair.source.speakers, test.speakers


def probe(embedding: np.ndarray) -> float:
    """How often a fresh linear probe names the language of speakers it did not see."""
    return invariance.language_accuracy(*np.split(embedding, [n_source]), *speakers)


def told(run: training.Trained, of: domains.Pair) -> dict[str, float]:
    """What is left of the emotion and of the language, and how the two languages mix."""
    embedding, odds = run.embed(of.source, of.evaluation), run.log_odds(of.evaluation)
    return {
        "UAR, target": metrics.uar(test.labels, odds > 0),
        "AUC, target": metrics.auc(test.labels, odds),
        "fresh probe": probe(embedding),
    }


numbers = pd.DataFrame(
    {(t, seed): told(run, recipes[t][0]) for t in runs for seed, run in enumerate(runs[t])}
).T.rename_axis(["system", "seed"])

# %% tags=["picture-map"]
of_pair = Maps.of(pair, {title: runs[title][0] for title in (BASELINE, ONE_STEP, FIVE_STEPS)})
of_own = Maps.of(own, {DATASET: runs[DATASET][0]})
maps = replace(of_pair, systems=of_pair.systems | of_own.systems)
titled = {}
for title, points in maps.points.items():
    uar, _, language = map(metrics.percent, numbers.loc[(title, 0)])
    titled[f"{title}\nUAR {uar}, probe {language}"] = points
figures.show(
    figures.embedding(titled, pair, by=("language", "class")),
    "UMAPs of four embeddings, by language above, by true class below; the UAR on the target and the "
    "accuracy of a probe for the language stand over each. Where the colours of the upper row form "
    "patches, the languages are apart; where those of the lower row do, the classes are.",
)

# %%
spread = (100 * numbers).groupby(level="system", sort=False).agg(["mean", "min", "max"])
tables.blank(spread.round(1))

# %% [markdown]
# > **On RAVDESS -> EMO-DB.** One step leaves the languages apart (probe 99.7 %) and has learned to rank (AUC 91.1)
# > more than to decide (UAR 59.4 %). With five steps the clouds mix and the UAR is 84.5 %, but a probe
# > still finds the language in 88.6 %. With dataset normalisation it finds nothing, 40.7 %, at UAR 81.1 %.
# > The controls: statistics alone have UAR 79.8 and 76.1 %, and leave 99.9 and 65.7 % to the probe.
#
# **What you saw.** Read from left to right, map and probe together.
#
# - The clouds lie on each other, and the probe stays high? This is *the best warning of this series*: languages that
#   interleave on the plane may still be told apart by a direction that the plane has no room for.
# - The languages mix, the classes lie apart in both, *and* the probe is near 50 %? This is what a DANN is for.
# - Then subtract the controls: no adversary has earned what they reach without one.
#
# (A probe below 50 % is no mistake, and no better than one at 50 %. Where the mean of each dataset is zero, the
# speakers left out lie on one side of it and those left in on the other, and a linear probe learns the wrong side.
# Read the MLP probe as well.)
#
# Now listen. *Click a point*, choose a colouring, or walk with the arrow keys. Which emotions does the second
# system get wrong, and do you hear why?

# %%
Explorer(replace(maps, systems={title: maps.systems[title] for title in (BASELINE, DATASET)}))

# %% [markdown]
# ## 2 · The numbers beside it
#
# All of these are measured on the frozen embeddings $z$. We test a probe for the language on *speakers that it did
# not see*:
#
# | measure | what it is | knows nothing | knows all |
# |---|---|---|---|
# | language probe | balanced accuracy of a fresh classifier, linear or a small MLP | 50 % | 100 % |
# | **[proxy A-distance](../docs/glossary.md#proxy-a-distance)** ($\mathcal A$) | $2 (1 - 2 \varepsilon)$ for the error $\varepsilon$ of a linear SVM (Ben-David et al. 2007) | 0 | 2 |
# | **[MMD²](../docs/glossary.md#maximum-mean-discrepancy)** | $\lVert \overline{\phi(z_s)} - \overline{\phi(z_t)} \rVert^2$ for the features $\phi$ of a Gaussian kernel (Gretton et al. 2012) | 0 | – |
# | **[scaled LISI](../docs/glossary.md#scaled-lisi)** | languages among the nearest neighbours (Korsunsky et al. 2019) | 1 | 0 |
# | **[silhouette](../docs/glossary.md#silhouette)** | are the two classes compact and apart? (Rousseeuw 1987) | 0 | 1 |
# | **[k-NN UAR](../docs/glossary.md#k-nn-uar)** | classes of target utterances by those of their nearest *source* utterances | 50 % | 100 % |
# | **[speaker probe](../docs/glossary.md#speaker-probe)** | who speaks, within a language; tested on other sentences | 1 / speakers | 100 % |
#
# Measures named `descriptive_` (in the figure: `*`) take labels of the target: they describe, and nobody may choose
# by them. A cell stays empty where these corpora have too few speakers or utterances for its measure.
#
# > **Predict.** From the baseline to the last system: which of language, emotion and speaker will come nearer to
# > "knows nothing", and which will not? Write down three guesses.

# %% [markdown] tags=["answer"]
# Language comes nearer to "knows nothing"; emotion ought not to, and does not; the speaker stays, since
# nothing in the loss asks to forget who speaks. Be ready for a speaker who goes with the language.

# %%
representations = {"raw features": invariance.raw_features(pair)}
for title in maps.systems:
    of = recipes[title][0]
    representations[title] = [run.embed(of.source, of.evaluation) for run in runs[title]]
measured = invariance.table(representations, pair)
tables.blank(measured.T.round(2))

# %%
figures.show(
    figures.invariance(measured),
    f"A panel of bars for each measure, in rows for language, emotion and speaker. Bars: "
    f"{', '.join(representations)}. The nearer a bar ends to its dashed line, the less is known.",
)

# %%
recall = numbers["UAR, target"].groupby("system").mean()


def verdict(title: str) -> str:
    """Language out, emotion in? By the linear probe, and by the recall of the baseline."""
    language, mixing = measured.loc[title, ["language_accuracy", "scaled_lisi"]]
    emotion = "kept" if recall[title] >= recall[BASELINE] else "lost"
    if np.isnan(language):
        return f"emotion {emotion}; too few speakers for a probe"
    mixed = ", though the languages mix" if mixing > 0.5 else ""
    return f"language {'out' if language <= 0.6 else 'in' + mixed}; emotion {emotion}"


print("Emotion is kept where the UAR on the target is not below the baseline's, language out where")
print("a linear probe names it in at most 60 %.")
for title in (ONE_STEP, FIVE_STEPS, DATASET):
    print(f"{title:20s} {verdict(title)}")

# %% [markdown]
# > **On RAVDESS -> EMO-DB.** By MMD² (0.01 and 0.00) and LISI (0.71 and 0.78) the last two hardly differ; by a linear
# > probe they do (0.89 and 0.41), and by an MLP (0.89 and 0.52). Speakers stay: 0.61 in the baseline, 0.64 in the last.
#
# **What you saw.** MMD and LISI ask whether the *bulk* of the clouds overlaps, as a picture does. Probes ask
# whether *anything* tells the languages apart. A fresh probe is stronger than the adversary, which had to follow a
# moving encoder (notebook 4). So an embedding can pass the first kind of measure and fail the second. And speakers?
# Nothing in the loss asks the encoder to forget them, so it has no reason to.
#
# ### Exercise 1: take the language out by hand (10 minutes)
#
# Does it need an adversary? Find the direction in which the languages differ, and a matrix $(k, k)$
# that takes it out of every row of an embedding $(n, k)$ and leaves all other directions as they are:
# `embedding @ matrix`. The check asks fresh linear probes on other rows: for the language, which ought
# to be gone, and for the emotion, which ought not.


# %%
def without_language(embedding: np.ndarray, language: np.ndarray) -> np.ndarray:
    """Return the matrix, shape (k, k), that takes one direction out; language is 0 or 1."""
    # your code here


exercises.check_projection(without_language)

# %% [markdown] tags=["hint"]
# A vector without its part along a direction of length 1 is the vector minus (its product with the
# direction) times the direction. Which direction joins the two languages?


# %% tags=["solution"]
def without_language(embedding, language):
    means = [embedding[language == value].mean(axis=0) for value in (0, 1)]
    direction = (means[1] - means[0]) / np.linalg.norm(means[1] - means[0])
    return np.eye(len(direction)) - np.outer(direction, direction)


exercises.check_projection(without_language)
z = runs[FIVE_STEPS][0].embed(pair.source, test)
matrix = without_language(z, np.repeat([0, 1], [n_source, len(test)]))
for name, rows in {"as it is": z, "one direction less": z @ matrix}.items():
    print(f"{name:18} linear probe {metrics.percent(probe(rows))}")

# %% [markdown] tags=["solution"]
# Where the means of the languages agree, no linear probe that has seen all rows finds anything. One
# that is asked about speakers it has not seen may end far below 50 %, for the reason given above, and
# knows nothing either. One that is not linear may still find a lot. And where the classes have other
# shares in the two languages, the direction between the languages leads partly from class to class, so
# that some emotion goes with it.

# %% [markdown]
# ### Where does the language hide?
#
# The recall can rise while a probe still finds the language. How can that be? The head reads a single direction of
# the embedding: with its weights $w$ and biases $b$ it says class 1 where $(w_1 - w_0)^\top z + b_1 - b_0 > 0$. All
# other directions are invisible to it. So we split each embedding into its part along $w_1 - w_0$ and the rest, and
# probe both.
#
# > **Predict.** Is the language along the head's direction, in the rest, or in both? Which of them will the recall
# > on the target follow?

# %% [markdown] tags=["answer"]
# After alignment mostly in the rest, where it does the head no harm. In the baseline also along the
# head's direction, and there it moves the threshold. The recall follows the gap along the head more
# than the probe. Hence a probe near 100 % and a good recall are no contradiction.


# %%
def split(run: training.Trained, of: domains.Pair) -> dict[str, float]:
    """Probe the direction that the head reads, and all others; and the gap along the former."""
    w0, w1 = run.model.head.weight.detach().numpy()
    direction = (w1 - w0) / np.linalg.norm(w1 - w0)
    embedding = run.embed(of.source, of.evaluation)
    along = embedding @ direction
    s, t = np.split(along, [n_source])
    return {
        "probe, head's direction": probe(along[:, None]),
        "probe, the rest": probe(embedding - np.outer(along, direction)),
        "gap along the head": abs(s.mean() - t.mean()) / np.sqrt((s.var() + t.var()) / 2),
    }


where = {(t, i): split(run, recipes[t][0]) for t in runs for i, run in enumerate(runs[t])}
parts = numbers.join(pd.DataFrame(where).T.rename_axis(numbers.index.names))
by_class = (1 + abs(pair.source.labels.mean() - test.labels.mean())) / 2
print(f"The class alone names the language in {100 * by_class:.1f} % (see notebook 3).")
tables.blank(parts.groupby(level="system", sort=False).mean().round(3))

# %%
causes = parts[["fresh probe", "probe, the rest", "probe, head's direction", "gap along the head"]]
follows = causes.corrwith(parts["UAR, target"], method="spearman")
print(f"Rank correlation with the UAR on the target, over {len(parts)} trainings:")
tables.blank(follows.round(2).to_frame("UAR, target").T)

# %% [markdown]
# > **On RAVDESS -> EMO-DB.** `no adversary` keeps all of the language in the rest (0.999) and none along the head
# > (0.485): UAR 0.798. In the baseline the gap along the head is 1.897 deviations. Over the trainings the UAR goes with
# > that gap (-0.82), and little with the probe (-0.32).
#
# **What you saw.** A language that hides in *the rest* does no harm to this head, though maps and probes still show
# it. A language *along* the head does harm: the **[gap along the head](../docs/glossary.md#gap-along-the-head)** (between the means of the languages, in
# standard deviations) moves one language across the threshold. The correlations tell which of the two the recall
# followed, over a few trainings on one pair: a description, no law. And another head on $z$ may read the rest.
#
# ### On other pairs
#
# `make invariance` measured the same on all ordered pairs of several corpora, for both tasks. *DANN, by rule* is
# the one that a rule without target labels chose for each pair (notebook 7); *baseline, bounded embedding* is the
# same network under the same batch norm, without its adversary.

# %%
stored = invariance_experiment.read(files.in_checkout("results", "invariance.csv"))
summary = invariance_experiment.summary(stored)
means = summary[(summary["source"] == "mean") & (summary["task"] == "mean")]
means = means.set_index(["normalise", "measure"])
shown = {
    "language_accuracy": "linear probe",
    "language_accuracy_mlp": "MLP probe",
    "a_distance": "A-distance",
    "mmd2": "MMD²",
    "scaled_lisi": "LISI, scaled",
    "descriptive_knn_uar_target": "k-NN UAR",
    "uar_target": "UAR, target",
}
of_all = means[[*invariance_experiment.REPRESENTATIONS]].rename_axis(columns="representation")
of_all = of_all.stack(future_stack=True).unstack("measure").astype(float)
pairs = stored[["source", "target"]].drop_duplicates()
print(f"Means over {len(pairs)} ordered pairs of {', '.join(pairs['source'].unique())}:")
tables.blank(of_all[list(shown)].rename(columns=shown).round(3))

# %%
of_networks = stored[stored["batch_norm"] != "-"]
cells = ["normalise", "representation", "source", "target"]
by_pair = of_networks.groupby(cells, sort=False)[["language_accuracy", "uar_target"]].mean()
by_pair = by_pair.reset_index()
figures.show(
    figures.language_and_emotion(by_pair),
    "Accuracy of a fresh linear probe for the language against UAR on the target, a small dot per pair "
    "and a large one for the mean of each system; one panel per normalisation, dashed lines at chance. "
    "Up and to the left is language out, emotion in.",
)

# %%
for normalise in dict.fromkeys(stored["normalise"]):
    change = means.loc[(normalise, "language_accuracy"), ["change", "change_low", "change_high"]]
    points = map(metrics.points, change.astype(float))
    print("{}: DANN by rule moves the probe by {} points [{}, {}]".format(normalise, *points))
best = invariance_experiment.most_invariant(summary)
names = by_pair["representation"] + ", " + by_pair["normalise"] + " normalisation"
probes = by_pair.loc[names == best["system"], "language_accuracy"]
print(f"The most invariant is {best['system']}. A linear probe: {best['probe_linear']:.1f} %,")
print(
    f"at most 60 % on {(probes <= 0.6).sum()} of {len(probes)} pairs; an MLP: {best['probe_mlp']:.1f} %."
)
print(f"UAR on the target {best['uar_target']:.1f} %, its baseline {best['uar_baseline']:.1f} %.")
out = "out" if best["probe_linear"] <= 60 else "still in"
kept = "in" if best["uar_target"] >= best["uar_baseline"] else "partly lost"
print(f"Verdict, by means over pairs: language {out}, emotion {kept}.")

# %% [markdown]
# > **On five corpora.** One step leaves the probe where it was (0.934, the baseline 0.923). The DANN by rule has 0.615, and the
# > same without its adversary 0.684: mostly the work of statistics. With dataset normalisation a linear probe finds
# > little (0.589 at most), while an MLP finds the language in the raw features (0.735), without an adversary (0.672), and no longer
# > with it (0.500). UAR stays at 67.3 %.
#
# **What you saw.** Compare the panels before you compare the systems: no adversary deserves credit for a change that
# the normalisation has made. "DANN makes features language-independent" is a claim about dots that lie near the left
# line *and* high up. Count them, and read the MLP probe in the table, before you make that claim.
#
# ## 3 · Over the epochs
#
# Here are several epochs of the DANN with five steps, all in *one* fit: if a point moves on the map, it did move.
#
# > **Predict.** λ rises from 0. When will the clouds meet: at once, or late? Will the probe's accuracy fall
# > before, with them, or after?

# %% [markdown] tags=["answer"]
# Late: λ is near its end before they begin to meet. The probe falls after them, and little. A
# picture is satisfied before a probe is. Be ready for "at the same time".

# %%
by_epoch = projection.together(snapshots)
figures.show(
    figures.embedding({f"epoch {e}": by_epoch[e] for e in (1, 4, 15, 30)}, pair, one_map=True),
    "One UMAP of embeddings after epochs 1, 4, 15 and 30, on common axes: by language above, by "
    "emotion below. Follow one colour of the upper row from left to right to see it move.",
)

# %%
history = runs[FIVE_STEPS][0].history
over_time = {
    epoch: {
        "λ": history.loc[epoch, "lambda"],
        "adversary, in training": history.loc[epoch, "domain_accuracy"],
        "fresh probe": probe(z),
        "LISI, scaled": distances.scaled_lisi(
            *np.split(z, [n_source]), perplexity=min(30, len(z) // 4)
        ),
        "UAR, source held out": history.loc[epoch, "uar_held_out"],
    }
    for epoch, z in snapshots.items()
}
over_time = pd.DataFrame(over_time).T.rename_axis("epoch")
tables.blank(over_time.round(2))

# %%
motion.epochs(by_epoch, pair, over_time)

# %% [markdown]
# > **On RAVDESS -> EMO-DB.** LISI rises from 0.01 to 0.74 while the probe only falls from 1.00 to 0.90.
#
# **What you saw.** LISI is the picture as a number: 0 for clouds that are apart, 1 for clouds that mix. Compare how
# fast it rises with how fast the probe falls. Where LISI rises and the probe hardly falls, the clouds meet first, and
# the encoder forgets the language later, or never. (The map puts a few points that lie far off on its edge.)
#
# ## 4 · How UMAP misleads
#
# ### Other seeds, other neighbourhoods
#
# > **Predict.** The third embedding once more, with another seed, with 5 neighbours, with 100 (or with all,
# > where there are fewer). What will stay the same?

# %% [markdown] tags=["answer"]
# Who is beside whom, in the large. Shapes, distances between clusters, sizes and densities change.
# Anything that a student wants to say about the picture should be tried on all four. Be ready for "the clusters":
# let them point at one in all four maps.

# %%
embedding = maps.systems[FIVE_STEPS].embedding
many = min(100, len(embedding) - 1)
choices = {
    "as above": {},
    "another seed": {"seed": 1},
    "5 neighbours": {"neighbours": 5},
    f"{many} neighbours": {"neighbours": many},
}
drawn = {
    name: projection.Projection(embedding, **chosen).points for name, chosen in choices.items()
}
figures.show(
    figures.embedding(drawn, pair, by=("language",)),
    f"Four UMAPs of one embedding: {', '.join(drawn)}. Shapes and places differ; compare who is beside "
    "whom.",
)

# %% [markdown]
# **What you saw.** The embedding is the same in all four. So a difference between these maps (places, shapes,
# distances, the number of clusters) is not in the data. Neighbours that stay together in all four are: a statement
# worth making survives all of them.
#
# ### Exercise 2: a measure that needs no plane
#
# Write the simplest measure of mixing: among the $k$ nearest neighbours of each utterance (by Euclidean
# distance, without itself), the mean share that has the *other* language.


# %%
def mixing(embedding: np.ndarray, language: np.ndarray, k: int) -> float:
    """Return the mean share of the k nearest neighbours that have the other language."""
    # your code here


exercises.check_mixing(mixing)

# %% [markdown] tags=["hint"]
# From the distances of all pairs to the order of neighbours: `np.argsort`. Who stands first in that
# order?


# %% tags=["solution"]
def mixing(embedding, language, k):
    distance = np.linalg.norm(embedding[:, None] - embedding[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    nearest = np.argsort(distance, axis=1)[:, :k]
    return np.mean(language[nearest] != language[:, None])


exercises.check_mixing(mixing)

# %% [markdown] tags=["solution"]
# With perfect mixing it depends on the sizes of the languages. Scaled LISI is this idea with smooth weights,
# and on a scale where 1 is perfect mixing for any sizes.

# %% [markdown]
# ### Three pictures that mislead, and a number
#
# 1. *A fit each*: the baseline's source and target, each by a UMAP of its own, laid over each other.
# 2. *Told the language*: the last embedding, with the language as one more column. (`fit(z, y)` of umap-learn
#    lets labels in as well.)
# 3. **[Collapsed](../docs/glossary.md#collapsed-embedding)**: an encoder that gives every utterance the same vector, and a little noise.
#
# And the number: a *dead adversary*, which always answers the same and sends no gradient back (as by a softmax
# over a single unit). It is right in 50 %, as that of a perfect DANN is.
#
# > **Predict.** Which of the three maps will look mixed, and which apart? What will a probe say to each?

# %% [markdown] tags=["answer"]
# *A fit each* and *collapsed* look mixed; *told the language* looks apart. The probe says: apart,
# chance, and what it said before, since the embedding has not changed. Two maps lie to make it look
# good, one to make it look bad. Each time ask: which number would have told?


# %%
def framed(z: np.ndarray) -> np.ndarray:
    """A UMAP of its own, in a frame of its own: from 0 to 1 in both directions."""
    points = projection.Projection(z).points
    return (points - points.min(axis=0)) / np.ptp(points, axis=0)


apart, mixed = (maps.systems[title].embedding for title in (BASELINE, DATASET))
noise = np.random.default_rng(0).normal(size=mixed.shape)
suspects = {"told the language": (mixed, np.column_stack([mixed, 10 * maps.is_target]))}
suspects["collapsed"] = noise, 0.01 * noise
misleading = {name: projection.Projection(shown).points for name, (_, shown) in suspects.items()}
if min(n_source, len(test)) > projection.NEIGHBOURS:  # else it is too small for a fit of its own
    suspects["a fit each"] = apart, apart
    misleading["a fit each"] = np.concatenate([framed(z) for z in np.split(apart, [n_source])])
titled = {
    f"{name}\nprobe {metrics.percent(probe(suspects[name][0]))}": points
    for name, points in misleading.items()
}
figures.show(
    figures.embedding(titled, pair, by=("language", "class")),
    "Three maps that mislead: told the language, an embedding falls into islands of one language each, "
    "whatever a probe says; noise is one cloud, of both languages and both classes; two fits laid over "
    "each other cover each other, whatever lies between the languages.",
)


# %%
class Mute(nn.Module):
    """Logits that are always zero, and so a gradient that is always zero."""

    def forward(self, logits):
        return 0 * logits


dead = alignment.DomainAdversary()
dead.classifier.append(Mute())
impostor = training.fit(models.mlp(pair), pair, align=dead, seed=0)
impostors = {"collapsed": noise, "dead adversary": impostor.embed(pair.source, test)}
exposed = pd.concat([measured.loc[[DATASET]], invariance.table(impostors, pair)])
says = {
    t: run.history["domain_accuracy"].iloc[-1]
    for t, run in ((DATASET, runs[DATASET][0]), ("dead adversary", impostor))
}
columns = ["language_accuracy", "scaled_lisi", "silhouette_source", "descriptive_knn_uar_target"]
tables.blank(exposed[columns].assign(**{"adversary, in training": pd.Series(says)}).round(2))

# %% [markdown]
# **What you saw.** *A fit each* looks mixed whatever the languages do: two fits know nothing of each other, so you
# can lay anything over anything. *Told the language* looks apart because you put the language there. *Collapsed* has
# the picture of a perfect DANN, and no emotion is left in it. The dead adversary reports the accuracy of a perfect
# one, and a fresh probe does not believe it. Hence the rule of this series: **a picture, a fresh probe, and the
# emotion, always together.**
#
# ## Your own voice
#
# Upload a sentence of yours (wav, flac, ogg or mp3). Both systems embed it as an utterance of the target. The star
# shows where UMAP's `transform` puts it among the points, which do not move. The neighbours below are those in the
# *embedding*, not on the plane. Do they sound like you?

# %%
YourVoice(replace(maps, systems={title: maps.systems[title] for title in (BASELINE, DATASET)}))

# %% [markdown]
# `python -m ser_utils predict FILE --model CHECKPOINT` does the same. `make explore` writes the explorer as a
# page, which needs no notebook. The models learned from actors. Their verdict on you demonstrates a shift of domain,
# and nothing else.
#
# > **Open question.** Write the one sentence on the fourth system that you would dare to publish, and
# > name the picture and the numbers that have to stand beside it. Which sentence would be too strong?

# %% [markdown] tags=["answer"]
# A good sentence names the probe and on whom it was tested, the recall on the target in the same
# breath, the pair and the number of seeds, and what the control without an adversary reaches.
# "Language-independent features" is too strong: another probe, another layer or another pair may find
# what this one misses. The picture is a UMAP of one fit, beside its probe.

# %% [markdown]
# ## Summary
#
# - A map shows who is beside whom. Fit together what you compare, and try other seeds and neighbourhoods.
# - Languages can mix in the picture and stay in the embedding: only a fresh probe on other speakers tells.
# - A head reads one direction. A language in the others does it no harm, and is not forgotten.
# - Mixing is worth nothing without emotion, and an adversary at chance may be dead.
#
# **Limits.** A probe finds a part of what is there: a stronger one may find more. Silhouettes and MMD
# depend on the scale of an embedding's directions; they compare embeddings of the same utterances, not
# papers. Language, corpus and recording channel are one and the same here, so "language" is all three.
# The fourth system was put here because it shows the point; a rule without target labels chooses in notebook 7.
#
# **Further reading.** McInnes, Healy & Melville 2018, *UMAP*, arXiv 1802.03426. Wattenberg, Viégas & Johnson
# 2016, *How to use t-SNE effectively*, Distill. Ben-David et al. 2010, *A theory of learning from different
# domains*, Machine Learning 79. Gretton et al. 2012, *A kernel two-sample test*, JMLR 13. Korsunsky et al.
# 2019, *Fast, sensitive and accurate integration of single-cell data with Harmony*, Nature Methods 16.
# Elazar & Goldberg 2018, *Adversarial removal of demographic attributes from text data*, EMNLP.
#
# ## Quiz
#
# Click on an answer to read what we say to it.

# %%
quiz.ask("06_embeddings")
