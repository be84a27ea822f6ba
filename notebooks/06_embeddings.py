# %% [markdown]
# # 6 · Embeddings: see them, hear them, doubt them
#
# **You will be able to**
# - put embeddings on a plane by UMAP, so that what you compare was fitted together;
# - measure how much language, emotion and speaker an embedding holds, each beside its chance;
# - say which of your findings the picture shows, and which only the numbers;
# - provoke three pictures that mislead, and find out each.
#
# **Prerequisites**: [04_dann](04_dann.ipynb), [05_batch_norm](05_batch_norm.ipynb). \
# **Time**: about 2 minutes on 2 CPU cores. \
# **Data**: the pair of notebook 1; stored measurements of three corpora. \
# **Next**: [07_reproduction](07_reproduction.ipynb)

# %%
import numpy as np
import pandas as pd
import torch
from torch import nn

from ser_utils import alignment, domains, evaluation, features, figures, files
from ser_utils import metrics, models, trained, training
from ser_utils.embeddings import invariance, projection
from ser_utils.embeddings.maps import Maps
from ser_utils.experiments import invariance as invariance_experiment
from ser_utils.lessons import choice, exercises, tables
from ser_utils.widgets.epoch_scrubber import EpochScrubber
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
print(pair)

# %% [markdown]
# Three seeds of each system. The pictures show the first; the numbers below are means over all. While
# the first DANN learns, we keep its embeddings of some epochs:

# %%
SEEDS, EPOCHS = 3, (1, 2, 4, 8, 15, 30)
snapshots = {}


def watch(epoch: int, model: models.EmotionModel) -> None:
    """Keep the embeddings of source and target after an epoch, one below the other."""
    if epoch in EPOCHS:
        snapshots[epoch] = trained.embed(model, pair.source, pair.evaluation)


model, adversary = models.mlp(pair), alignment.DomainAdversary()
baselines = [training.fit(model, pair, seed=seed) for seed in range(SEEDS)]
danns = [training.fit(model, pair, align=adversary, seed=0, on_epoch=watch)]
danns += [training.fit(model, pair, align=adversary, seed=seed) for seed in range(1, SEEDS)]
evaluation.compare(baselines, danns, pair)

# %% [markdown]
# ## 1 · Side by side
#
# **UMAP** (McInnes, Healy & Melville 2018) draws a graph of each utterance's nearest neighbours, and
# then lays out points $y_i$ on the plane so that neighbours $i, j$ attract each other and others repel:
#
# $$\min_y \; \sum_{i \ne j} \Big[ p_{ij} \log \frac{p_{ij}}{q_{ij}}
# + (1 - p_{ij}) \log \frac{1 - p_{ij}}{1 - q_{ij}} \Big], \qquad
# q_{ij} = \frac{1}{1 + a \lVert y_i - y_j \rVert^{2b}},$$
#
# where $p_{ij}$ is near 1 for the nearest neighbours in the embedding, and 0 beyond the number of
# neighbours we ask for. So *who is beside whom* is worth something; how far apart two clusters lie, how
# large and how dense they are, is not. Source and target have to be in **one** fit: points of two fits
# do not compare.
#
# > **Predict.** Raw features, baseline, DANN: in which map will the languages overlap, and in which will
# > emotions of the same class lie together?

# %%
maps = Maps.of(pair, {"baseline": baselines[0], "DANN": danns[0]})
raw = projection.Projection(invariance.raw_features(pair))
figures.show(
    figures.embedding({"raw features": raw.points} | maps.points, pair),
    "UMAP of raw features, of the baseline's embedding and of the DANN's: coloured by language above, "
    "by emotion below.",
)

# %% [markdown]
# **Explain.** Look at both rows before you say anything: a network trained on arousal or valence has no
# reason to keep emotions apart that are of one class. And note what the picture cannot tell: how
# *separable* the languages are. Two clouds that interleave on the plane may be told apart perfectly in
# the full space, by a direction that the plane has no room for. For that there are numbers, in step 2.
#
# First, go and listen. **Click a point**, choose a colouring, or walk with the slider. Which emotions
# does the DANN get wrong, and do you hear why?

# %%
Explorer(maps)

# %% [markdown]
# ## 2 · The numbers beside it
#
# On the frozen embeddings $z$. A probe for the language is tested on *speakers that it did not see*:
#
# | measure | what it is | knows nothing | knows all |
# |---|---|---|---|
# | language probe | balanced accuracy of a fresh classifier, linear or a small MLP | 50 % | 100 % |
# | proxy $\mathcal A$-distance | $2 (1 - 2 \varepsilon)$ for the error $\varepsilon$ of a linear SVM (Ben-David et al. 2007) | 0 | 2 |
# | MMD² | $\lVert \overline{\phi(z_s)} - \overline{\phi(z_t)} \rVert^2$ for the features $\phi$ of a Gaussian kernel (Gretton et al. 2012) | 0 | – |
# | scaled LISI | languages among the nearest neighbours (Korsunsky et al. 2019) | 1 | 0 |
# | silhouette | are the two classes compact and apart? (Rousseeuw 1987) | 0 | 1 |
# | $k$-NN UAR | classes of target utterances by those of their nearest *source* utterances | 50 % | 100 % |
# | speaker probe | who speaks, within a language; tested on other sentences | 1 / speakers | 100 % |
#
# Those named `descriptive_` (in the figure: `*`) take labels of the target: they describe, and must
# not choose anything. What these corpora have too few speakers or utterances for stays empty.
#
# > **Predict.** In which of these will DANN be nearer to "knows nothing" than the baseline: language,
# > emotion, speaker? Write down three guesses.

# %%
representations = {
    "raw features": invariance.raw_features(pair),
    "baseline": [run.embed(pair.source, pair.evaluation) for run in baselines],
    "DANN": [run.embed(pair.source, pair.evaluation) for run in danns],
}
measured = invariance.table(representations, pair)
tables.blank(measured.T.round(2))

# %%
figures.show(
    figures.invariance(measured),
    f"Bars for {', '.join(representations)}: how much language, emotion and speaker each holds, "
    "beside chance.",
)

# %%
dann, baseline = measured.loc["DANN"], measured.loc["baseline"]
removed = baseline["language_accuracy"] - dann["language_accuracy"]
left = dann["language_accuracy"] - 0.5
probed = [metrics.percent(row["language_accuracy"]) for row in (dann, baseline)]
print("A fresh linear probe names the language in {} (DANN), {} (baseline).".format(*probed))
if np.isnan(left):
    print("It is tested on other speakers, and these corpora have too few for that.")
else:
    print("Little of the language is left." if left < 0.1 else "The language is still there.")
if left >= 0.1 and removed > 0.02:
    print("DANN removed some of it.")
knn = "descriptive_knn_uar_target"
print(f"Emotion that crosses the languages: k-NN UAR {metrics.percent(dann[knn])} (DANN), ", end="")
print(f"{metrics.percent(baseline[knn])} (baseline).")

# %% [markdown]
# **Explain.** Compare the picture with the probes. A fresh classifier is much stronger than the adversary
# of the training, which had to follow a moving encoder (notebook 4). MMD and LISI ask something
# else: whether the *bulk* of the two clouds overlaps, as a picture also shows. An embedding can
# come closer by one measure and stay as separable by another. What UAR on the target needs is neither: it
# is that the *emotion* boundary of the source holds in the target.
#
# ### Exercise 1: the proxy A-distance
#
# From the languages (0 or 1) and a classifier's guesses, compute $2 (1 - 2 \varepsilon)$. Let both
# languages count the same in $\varepsilon$, however many utterances each has.


# %%
def a_distance(language: np.ndarray, guess: np.ndarray) -> float:
    """Return the proxy A-distance, with the mean of the two languages' error rates."""
    # your code here


exercises.check_a_distance(a_distance)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def a_distance(language, guess):
#     errors = [np.mean(guess[language == value] != value) for value in (0, 1)]
#     return 2 * (1 - 2 * np.mean(errors))
#
# exercises.check_a_distance(a_distance)
# ```
#
# What would a constant guess give? With unweighted errors: 0. If utterances counted instead, a constant
# guess of the larger language would look like a distance.
# </details>
#
# ### On three corpora
#
# The same for all ordered pairs of RAVDESS, EMO-DB and EMOVO, both tasks and three seeds, was measured by
# one command, `make invariance`. A *change* is DANN minus baseline, with an interval over pairs and seeds:

# %%
path = files.in_checkout("results", "invariance.csv")
stored = invariance_experiment.summary(pd.read_csv(path))
of_task = stored[(stored["task"] == TASK) & (stored["batch_norm"] == "source")]
means = of_task[of_task["source"] == "mean"].set_index("measure")
tables.blank(means.drop(columns=["source", "target", "task", "batch_norm"]).astype(float).round(3))

# %%
for measure, row in means.iterrows():
    if row["change_low"] > 0 or row["change_high"] < 0:
        sign = "up" if row["change"] > 0 else "down"
        print(f"{measure}: {sign} by {abs(row['change']):.3f} under DANN, interval excludes 0")
probes = of_task[(of_task["measure"] == "language_accuracy") & (of_task["source"] != "mean")]
still = (probes["DANN"] > 0.75).sum()
print(f"On {still} of {len(probes)} pairs a linear probe still names the language after DANN in")
print("more than three of four utterances.")

# %% [markdown]
# **Explain.** "DANN makes features language-independent" is a statement about the *adversary of the
# training*. Whether it holds for a fresh probe is an empirical question, and these lines answer it for
# these corpora. Where the language stays and the target's UAR rises all the same, the benefit came
# from moving directions that matter for emotion, not from forgetting the language.
#
# ## 3 · Over the epochs
#
# The same utterances after several epochs of one training, all in **one** fit, so that a point that moves
# did move.
#
# > **Predict.** λ rises from 0 to its maximum. When will the languages begin to approach: at once, or late?
# > And will the classes of emotion be apart by then?

# %%
by_epoch = projection.together(snapshots)
figures.show(
    figures.embedding({f"epoch {e}": by_epoch[e] for e in (1, 4, 15, 30)}, pair, one_map=True),
    "One UMAP of the DANN's embeddings after epochs 1, 4, 15 and 30, on common axes: coloured by "
    "language above, by emotion below.",
)

# %%
n_source = len(pair.source)
speakers = pair.source.speakers, pair.evaluation.speakers
over_time = {
    epoch: {
        "λ": danns[0].history.loc[epoch, "lambda"],
        "adversary's accuracy": danns[0].history.loc[epoch, "domain_accuracy"],
        "fresh probe": invariance.language_accuracy(*np.split(z, [n_source]), *speakers),
        "held-out source UAR": danns[0].history.loc[epoch, "uar_held_out"],
    }
    for epoch, z in snapshots.items()
}
tables.blank(pd.DataFrame(over_time).T.rename_axis("epoch").round(2))

# %%
EpochScrubber(by_epoch, maps)

# %% [markdown]
# **Explain.** Follow one column at a time. Where the adversary's accuracy falls and the fresh probe's
# does not, the encoder moves the languages about faster than its adversary can follow.
#
# ## 4 · How UMAP misleads
#
# ### Other seeds, other neighbourhoods
#
# > **Predict.** The same embedding of the same DANN, drawn with another seed, with 5 neighbours, with 100
# > (or with all, where there are fewer). What will stay the same?

# %%
embedding = maps.systems["DANN"].embedding
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
    figures.embedding(drawn, pair),
    f"Four UMAPs of one embedding of the DANN: {', '.join(drawn)}.",
)

# %% [markdown]
# What differs between these maps is not in the data. Islands that appear with 5 neighbours and vanish with
# many are no finding; a statement worth making survives all four.
#
# ### Exercise 2: a measure that needs no plane
#
# Write the simplest measure of mixing: among the $k$ nearest neighbours of each utterance (without
# itself), the mean share that has the *other* language.


# %%
def mixing(embedding: np.ndarray, language: np.ndarray, k: int) -> float:
    """Return the mean share of the k nearest neighbours that have the other language."""
    # your code here


exercises.check_mixing(mixing)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def mixing(embedding, language, k):
#     distance = np.linalg.norm(embedding[:, None] - embedding[None], axis=2)
#     np.fill_diagonal(distance, np.inf)
#     nearest = np.argsort(distance, axis=1)[:, :k]
#     return np.mean(language[nearest] != language[:, None])
#
# exercises.check_mixing(mixing)
# ```
#
# With perfect mixing it depends on the sizes of the languages. Scaled LISI is this idea with smooth weights,
# and on a scale where 1 is perfect mixing for any sizes.
# </details>
#
# ### Two impostors
#
# *Collapsed*: an encoder that gives every utterance the same vector, and a little noise. *Dead adversary*: a
# DANN whose language classifier always answers the same, so that it sends back no gradient. (One way to
# get there by accident is a softmax over a single unit.) Its accuracy is at 50 %, as a perfect DANN's is.
#
# > **Predict.** Which of them will look best mixed? Which will the table below expose?


# %%
class Mute(nn.Module):
    """Logits that are always zero, and so a gradient that is always zero."""

    def forward(self, logits):
        return 0 * logits


dead = alignment.DomainAdversary()
dead.classifier.append(Mute())
impostor = training.fit(model, pair, align=dead, seed=0)
noise = np.random.default_rng(0).normal(size=embedding.shape)
suspects = {
    "DANN": embedding,
    "collapsed": 0.01 * noise.astype(np.float32),
    "dead adversary": impostor.embed(pair.source, pair.evaluation),
}
figures.show(
    figures.embedding({n: projection.Projection(z).points for n, z in suspects.items()}, pair),
    "UMAP of the DANN's embedding, of a collapsed one, and of a DANN with a dead adversary.",
)

# %%
of_adversary = [danns[0].history["domain_accuracy"].iloc[-1], np.nan]
of_adversary.append(impostor.history["domain_accuracy"].iloc[-1])
exposed = invariance.table(suspects, pair)
columns = ["language_accuracy", "scaled_lisi", "silhouette_source", "descriptive_knn_uar_target"]
tables.blank(exposed[columns].assign(adversary=[*of_adversary, np.nan]).round(2))

# %% [markdown]
# **Explain.** The collapsed embedding has the picture everybody wants, and every measure of language at
# chance; the columns on emotion say why it is worthless. The dead adversary reports what a perfect one
# would; the fresh probe does not believe it. Hence the rule of this series: **a picture, a fresh probe, and
# the emotion, always together.**
#
# ## Your own voice
#
# Upload a recording of a sentence of yours (wav, flac, ogg or mp3). Both systems embed it as an utterance
# of the target; the star is where UMAP's `transform` puts it among points that it does not move. Its
# neighbours below are those in the *embedding*, not on the plane. Listen to them: do they sound like you?

# %%
YourVoice(maps)

# %% [markdown]
# In a shell, `python -m ser_utils predict FILE --model CHECKPOINT` does the same, and `make explore` opens
# all three widgets as an application. The models learned from actors; what they say of you is a
# demonstration of a shift of domain, and nothing else.
#
# ## Summary
#
# - A map shows who is beside whom. Fit together what you compare, and try other seeds and neighbourhoods.
# - Language can leave the picture and stay in the embedding: only a fresh probe on other speakers tells.
# - Mixing is worth nothing without emotion, and an adversary at chance may be dead.
#
# **Limits.** Probes are a lower bound of what is there: a stronger one may find more. Silhouettes and MMD
# depend on the scale of an embedding's directions; they compare embeddings of the same utterances, not
# papers. Language, corpus and recording channel are one and the same here, so "language" is all three.
#
# **Further reading.** McInnes, Healy & Melville 2018, *UMAP*, arXiv 1802.03426. Wattenberg, Viégas & Johnson
# 2016, *How to use t-SNE effectively*, Distill. Ben-David et al. 2010, *A theory of learning from different
# domains*, Machine Learning 79. Gretton et al. 2012, *A kernel two-sample test*, JMLR 13. Korsunsky et al.
# 2019, *Fast, sensitive and accurate integration of single-cell data with Harmony*, Nature Methods 16.
# Elazar & Goldberg 2018, *Adversarial removal of demographic attributes from text data*, EMNLP.
