# %% [markdown]
# # 2 · The baseline, and the drop
#
# **You will be able to**
# - train a source-only classifier, first by hand and then with `ser_utils.training.fit`;
# - score it so that neither unequal classes nor known speakers flatter it;
# - say how much is lost from one language to another, and how sure that is;
# - place the result between a dummy and a ceiling.
#
# **Prerequisites**: [01_features](01_features.ipynb), the idea of a training loop in PyTorch. \
# **Time**: about 1 minute on 2 CPU cores. \
# **Data**: the pair of notebook 1. \
# **Next**: [03_gradient_reversal](03_gradient_reversal.ipynb)

# %%
import numpy as np
import pandas as pd
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, KFold, cross_val_predict
from torch import nn

from ser_utils import datasets, domains, evaluation, features, figures, metrics, models
from ser_utils import training
from ser_utils import labels as label_schemes
from ser_utils.lessons import choice, exercises, tables
from ser_utils.utterances import Labelled

torch.set_num_threads(1)  # networks this small: threads would wait for each other

# %% tags=["parameters"]
SOURCE = "auto"
TARGET = "auto"
TASK = "arousal"

# %%
source_name, target_name = choice.corpora(SOURCE, TARGET)
source = features.extract(datasets.load(source_name))
target = features.extract(datasets.load(target_name))
pair = domains.pair(source, target, task=TASK, normalise="source")
class_names = label_schemes.CLASS_NAMES[TASK]
print(pair)

# %% [markdown]
# A `pair` holds three things: a labelled `source`, a `target` **without labels**, and an `evaluation`
# domain with the target's labels that only the scoring may touch. The baseline does not even look at
# `target`; later methods will.

# %%
pd.DataFrame(
    {
        name: {
            "language": part.language,
            "utterances": len(part),
            "speakers": len(np.unique(part.speakers)),
            f"share {class_names[1]}": round(part.labels.mean(), 2),
        }
        for name, part in {"source": pair.source, "evaluation": pair.evaluation}.items()
    }
).T

# %%
vars(pair.target).keys()

# %% [markdown]
# No labels, and not even file names: the name of a file in an emotion corpus tells the emotion. What
# training cannot reach, it cannot leak.

# %% [markdown]
# ## How to score: unweighted average recall
#
# Accuracy rewards naming the larger class. The field's measure is the mean of the recalls of the
# classes, the *unweighted average recall*
#
# $$\mathrm{UAR} = \frac12 \left( \frac{\text{hits}_0}{n_0} + \frac{\text{hits}_1}{n_1} \right),$$
#
# which is 50 % for every dummy that ignores its input.

# %%
always = np.full(len(pair.source), np.bincount(pair.source.labels).argmax())
print(f"Always '{class_names[always[0]]}' on the source:")
print(f"  accuracy {100 * (always == pair.source.labels).mean():.1f} %")
print(f"  UAR      {100 * metrics.uar(pair.source.labels, always):.1f} %")

# %% [markdown]
# ### Exercise 1: UAR
#
# Write it with NumPy, for labels and predictions of 0 and 1.


# %%
def uar(labels: np.ndarray, predictions: np.ndarray) -> float:
    """Return the mean of the recalls of both classes."""
    # your code here


exercises.check_uar(uar)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def uar(labels, predictions):
#     recalls = [(predictions[labels == c] == c).mean() for c in (0, 1)]
#     return float(np.mean(recalls))
#
# exercises.check_uar(uar)
# ```
# </details>

# %% [markdown]
# ## Speakers must not straddle
#
# > **Predict.** We test a plain logistic regression on the source by cross-validation, once with
# > utterances dealt out at random and once with whole speakers held out. Which score is higher? Which
# > of the two tells how the system will do on somebody it has never heard?

# %%
classifier = LogisticRegression(C=0.1, max_iter=2000, class_weight="balanced")


def cross_validated(part: Labelled, by_speaker: bool) -> float:
    """UAR on utterances that were not learned from; NaN if what is left to learn from lacks a class."""
    k = min(5, len(np.unique(part.speakers)))
    if k < 2:
        return np.nan
    folds = GroupKFold(k) if by_speaker else KFold(k, shuffle=True, random_state=0)
    splits = list(folds.split(part.features, groups=part.speakers))
    if any(len(np.unique(part.labels[seen])) < 2 for seen, _ in splits):
        return np.nan
    predicted = cross_val_predict(classifier, part.features, part.labels, cv=splits)
    return metrics.uar(part.labels, predicted)


for name, by_speaker in {"utterances at random": False, "speakers held out": True}.items():
    print(f"{name:22} UAR {metrics.percent(cross_validated(pair.source, by_speaker), 1)}")

# %% [markdown]
# What the first number has over the second is mostly owed to knowing the speakers (and a little to the
# luck of the folds). From here on speakers
# are never on both sides of a split; `domains.split_by_speaker` refuses to do anything else.

# %% [markdown]
# ## Training by hand
#
# A network $f$ embeds the utterance, a linear head scores the two classes, and the loss is the
# cross-entropy with weights $w_c = n / (2 n_c)$, so that both classes count the same however many
# utterances they have:
#
# $$\mathcal L_\text{emotion} = \frac{\sum_i w_{y_i} \, \mathrm{CE}\big(\text{head}(f(x_i)), y_i\big)}{\sum_i w_{y_i}}.$$

# %%
torch.manual_seed(0)
rest, held_out = domains.split_by_speaker(pair.source, fraction=0.2, seed=0)
d = rest.features.shape[1]
network = nn.Sequential(nn.Linear(d, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 2))
optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)
class_weights = len(rest) / (2 * torch.bincount(torch.from_numpy(rest.labels)))

for _epoch in range(30):
    network.train()
    for rows in torch.randperm(len(rest)).split(64):
        logits = network(torch.from_numpy(rest.features)[rows])
        loss = nn.functional.cross_entropy(
            logits, torch.from_numpy(rest.labels)[rows], class_weights
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

network.eval()
for name, part in {"held-out source speakers": held_out, "target": pair.evaluation}.items():
    predicted = network(torch.from_numpy(part.features)).argmax(dim=1).numpy()
    print(f"{name:26} UAR {100 * metrics.uar(part.labels, predicted):.1f} %")

# %% [markdown]
# ### Exercise 2: the class weights
#
# Write the two weights $w_c = n / (2 n_c)$ for labels of 0 and 1.


# %%
def weights(labels: np.ndarray) -> np.ndarray:
    """Return the weights of class 0 and of class 1, shape (2,)."""
    # your code here


exercises.check_class_weights(weights)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def weights(labels):
#     return len(labels) / (2 * np.bincount(labels, minlength=2))
#
# exercises.check_class_weights(weights)
# ```
# </details>

# %% [markdown]
# ## The same through the package
#
# `training.fit` is that loop: it holds source speakers out by itself, weighs the classes, seeds
# everything, and keeps the history. `models.mlp` builds a network a little larger than the one above:
# two hidden layers, each with batch normalisation. Its settings are the same for every pair; notebook 4
# tells the rule that chose them.

# %%
model = models.mlp(pair, batch_norm="source")
runs = [training.fit(model, pair, seed=seed) for seed in range(3)]
figures.show(
    figures.training_curves({"baseline": runs[0].history}),
    "The baseline's loss on the source and its UAR on held-out source speakers, by epoch.",
)

# %% [markdown]
# > **Predict.** The UAR on held-out speakers of the source language is now known. What will it be in
# > the other language? Will the errors be balanced, or will the network lean to one class?

# %%
run = runs[0]
aside = pair.source.take(np.isin(pair.source.speakers, run.held_out))
matrices = {
    f"{figures.language_name(part.language)} ({what})": metrics.confusion(
        part.labels, run.predict(part)
    )
    for what, part in {"held-out source": aside, "target": pair.evaluation}.items()
}
figures.show(
    figures.confusions(matrices, class_names),
    f"Confusion matrices of one baseline for {TASK}: on source speakers it never heard, and on the "
    "target language. Rows are true classes and add up to 100 %.",
)

# %%
drop = [evaluation.held_out_uar(r, pair.source) for r in runs]
on_target = [metrics.uar(pair.evaluation.labels, r.predict(pair.evaluation)) for r in runs]
pd.DataFrame(
    {"source (held out)": drop, "target": on_target, "drop": np.subtract(drop, on_target)},
    index=pd.RangeIndex(len(runs), name="seed"),
).mul(100).round(1)

# %% [markdown]
# **Explain.** If the matrix of the target is lopsided, the whole target lies to one side of the decision
# boundary: it is shifted along the very direction that tells the classes apart on the source. Look back
# at the boxes of notebook 1: which features would push the target towards the class that is named too
# often? Three kinds of shift can hide behind a drop: the features move ($p(x)$), the same features mean
# another emotion ($p(y \mid x)$), or the classes are more or less frequent ($p(y)$). Aligning features
# is an answer to the first.

# %% [markdown]
# ## How sure?
#
# Utterances of one speaker resemble each other, so the interval comes from resampling *speakers*
# (a cluster bootstrap), not utterances. Compare the two:

# %%
test, predicted = pair.evaluation, run.predict(pair.evaluation)
honest = evaluation.bootstrap_uar(test.labels, predicted, test.speakers)
naive = evaluation.bootstrap_uar(test.labels, predicted, np.arange(len(test)))
print(f"resampling {len(np.unique(test.speakers)):4} speakers:   {honest}")
print(f"resampling {len(test):4} utterances: {naive}")

# %% [markdown]
# ## Between dummy and ceiling
#
# How good could it be? An **oracle** that is trained on *labelled target speakers* and tested on the
# others. It breaks the rules of unsupervised adaptation, so it is named an oracle, and never a result.
# (It stays empty where no other speakers of the target have both classes.)

# %%
summary = {
    "majority dummy": evaluation.majority_uar(pair),
    "baseline (source only), mean of seeds": np.mean(on_target),
    "oracle ceiling (target labels, other speakers)": cross_validated(test, by_speaker=True),
}
tables.blank((100 * pd.Series(summary, name="UAR on the target (%)")).round(1).to_frame())

# %% [markdown]
# ## What normalisation alone does
#
# The same baseline under the three normalisations of notebook 1. The second and third use the
# unlabelled target: they are adaptation already. Notebook 4 comes back to this table.

# %%
rows = {}
for normalise in domains.NORMALISATIONS:
    other = domains.pair(source, target, task=TASK, normalise=normalise)
    scores = [
        metrics.uar(other.evaluation.labels, r.predict(other.evaluation))
        for r in (training.fit(model, other, seed=seed) for seed in range(3))
    ]
    rows[normalise] = {"mean UAR (%)": 100 * np.mean(scores), "over seeds ±": 100 * np.std(scores)}
pd.DataFrame(rows).T.round(1).rename_axis("normalisation")

# %% [markdown]
# ## Summary
#
# - UAR, speakers held out, intervals over speakers: three habits that keep a number honest.
# - Measure a source-only classifier in the other language: its score on the source says little about its
#   score there.
# - Normalising by target statistics is adaptation: a competitor of the methods to come, not a free step.
#
# **Limits.** The held-out source speakers are few, so the source's score varies with the seed. With
# as few target speakers as here, bootstrap intervals are somewhat too narrow.
#
# **Further reading.** Schuller et al. 2009, *The INTERSPEECH 2009 Emotion Challenge* (UAR). Field &
# Welsh 2007, *Bootstrapping clustered data*, JRSS B 69(3). Ben-David et al. 2010, *A theory of
# learning from different domains*, Machine Learning 79: target error is bounded by the source error,
# plus how far the domains are apart, plus the error of the best classifier for both. The next notebook
# attacks the second term, and has to take care not to raise the third.
#
# **Next**: [03_gradient_reversal](03_gradient_reversal.ipynb)
