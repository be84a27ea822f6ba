# %% [markdown]
# # 4 · DANN: language out, emotion in
#
# **You will be able to**
# - write the training step of a domain-adversarial network for speech by hand;
# - train it with `ser_utils` and read its curves;
# - see what λ does, and choose it without a single target label;
# - compare DANN with the baseline in a way that would stand in a review.
#
# **Prerequisites**: [03_gradient_reversal](03_gradient_reversal.ipynb). \
# **Time**: about 2 minutes on 2 CPU cores. \
# **Data**: the pair of notebook 1. \
# **Next**: [05_batch_norm](05_batch_norm.ipynb)

# %%
import numpy as np
import pandas as pd
import torch
from sklearn.decomposition import PCA
from torch import nn

from ser_utils import alignment, domains, evaluation, features, figures, files
from ser_utils import gradient_reversal, metrics, models, training, widgets
from ser_utils.embeddings import invariance
from ser_utils.lessons import choice, exercises, headline, tables

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
# ## From two moons to two languages
#
# Nothing changes but the data: the domain $d$ is the language (and all that comes with it), the label
# $y$ is the emotion class. With the encoder $f$, the emotion head $h$, the language classifier $D$ and
# the reversal $R_\lambda$, one step descends on
#
# $$\mathcal L = \underbrace{\mathrm{CE}_w\big(h(f(x_s)), y_s\big)}_{\text{source only}}
# \; + \; \underbrace{\mathrm{CE}\big(D(R_{\lambda}(f(x))), d\big)}_{\text{source and target}}.$$
#
# The target enters the second term only. It has no $y$ anywhere in this formula.
#
# ## One training by hand

# %%
torch.manual_seed(0)
encoder = nn.Sequential(nn.Linear(pair.source.features.shape[1], 128), nn.ReLU(), nn.Dropout(0.5))
head = nn.Linear(128, 2)
classifier = nn.Sequential(nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 2))
networks = nn.ModuleList([encoder, head, classifier])
optimiser = torch.optim.Adam(networks.parameters(), lr=1e-3)
x_source, y_source = torch.from_numpy(pair.source.features), torch.from_numpy(pair.source.labels)
x_target = torch.from_numpy(pair.target.features)
weight = len(y_source) / (2 * torch.bincount(y_source))
size = min(64, len(x_source), len(x_target))  # of each language, in a batch
language = torch.cat([torch.zeros(size), torch.ones(size)]).long()
steps = 30 * len(x_source) // size

for step in range(steps):
    rows, others = torch.randperm(len(x_source))[:size], torch.randperm(len(x_target))[:size]
    z = encoder(torch.cat([x_source[rows], x_target[others]]))
    emotion_loss = nn.functional.cross_entropy(head(z[:size]), y_source[rows], weight)
    reversed_z = gradient_reversal.reverse_gradient(z, gradient_reversal.ganin(step / steps))
    language_loss = nn.functional.cross_entropy(classifier(reversed_z), language)
    optimiser.zero_grad()
    (emotion_loss + language_loss).backward()
    optimiser.step()


# %%
networks.eval()
x_test, y_test = torch.from_numpy(pair.evaluation.features), pair.evaluation.labels
guess = head(encoder(x_test)).argmax(dim=1).numpy()
print(f"DANN by hand: target UAR {100 * metrics.uar(y_test, guess):.1f} %")

# %% [markdown]
# ### Exercise 1: the loss of one step
#
# Write the sum of the two losses for given modules and one batch (without class weights here). Use
# `gradient_reversal.reverse_gradient`. The check compares the loss, and the encoder's gradient with
# one that was put together without any reversal layer.


# %%
def dann_loss(encoder, head, classifier, source, labels, target, strength):
    """Return emotion loss plus language loss, the latter reversed for the encoder."""
    # your code here


exercises.check_dann_step(dann_loss)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def dann_loss(encoder, head, classifier, source, labels, target, strength):
#     z_source, z_target = encoder(source), encoder(target)
#     emotion = nn.functional.cross_entropy(head(z_source), labels)
#     z = gradient_reversal.reverse_gradient(torch.cat([z_source, z_target]), strength)
#     language = torch.cat([torch.zeros(len(source)), torch.ones(len(target))]).long()
#     return emotion + nn.functional.cross_entropy(classifier(z), language)
#
# exercises.check_dann_step(dann_loss)
# ```
# </details>

# %% [markdown]
# ## The same through the package
#
# `alignment.DomainAdversary` is that penalty; `training.fit` adds it to the same loop that trained the
# baseline. Both systems get the same network, batch normalisation, settings and seeds: the penalty, and
# the target rows that it needs, are all that differs. (The network has two hidden layers with batch
# normalisation, and source speakers are held out, so its scores differ from those of the loop above.)

# %%
BATCH_NORM = "source"  # which rows share batch statistics; one of ser_utils.batch_norm.NAMES
model = models.mlp(pair, batch_norm=BATCH_NORM)
baselines = [training.fit(model, pair, seed=seed) for seed in range(5)]
danns = [
    training.fit(model, pair, align=alignment.DomainAdversary(), seed=seed) for seed in range(5)
]
model

# %% [markdown]
# > **Predict.** Before the curves: will DANN's emotion loss on the source end lower or higher than the
# > baseline's? Where will the language classifier's accuracy go while λ rises? What would a language
# > loss that *rises* mean?

# %%
figures.show(
    figures.training_curves({"baseline": baselines[0].history, "DANN": danns[0].history}),
    "Label (emotion) loss and UAR on held-out source speakers of both systems; domain (language) "
    "loss and accuracy and lambda of the DANN, by epoch. Dashed lines mark chance.",
)

# %% [markdown]
# **Explain.** If DANN's emotion loss ends above the baseline's, that is the price: features that told
# the emotion *and* the language are given up. In a healthy run the language accuracy rises while λ is
# small, and returns to chance as the reversal gains strength; a language loss that climbs above its
# dashed line, $\ln 2$, means that the encoder is winning. But an accuracy at chance can mean *aligned* or
# only *fooled*, so we ask again.
#
# ## Is the language gone? A fresh probe
#
# Freeze the embeddings, train a *new* classifier to tell the languages apart, and test it on speakers
# it has not seen. The adversary was trained against this encoder; the probe was not. (It stays empty
# where a language has a single speaker.)

# %%
test = pair.evaluation
probed = {
    "input features": (pair.source.features, test.features),
    "baseline": (baselines[0].embed(pair.source), baselines[0].embed(test)),
    "DANN": (danns[0].embed(pair.source), danns[0].embed(test)),
}
accuracy = {
    name: invariance.language_accuracy(*embedded, pair.source.speakers, test.speakers)
    for name, embedded in probed.items()
}
shown = 100 * pd.Series(accuracy, name="language accuracy of a fresh probe (%), chance 50")
tables.blank(shown.round(1).to_frame())

# %% [markdown]
# ### Exercise 2: a probe of your own
#
# Write a probe: given embeddings $(n, k)$ and languages 0 or 1, return the accuracy of a classifier
# in cross-validation. Any classifier of scikit-learn will do. Then try it on `probed["DANN"]`: does
# yours, which may ignore speakers, agree with the table above?


# %%
def probe(embedding: np.ndarray, language: np.ndarray) -> float:
    """Return the cross-validated accuracy of telling the languages apart."""
    # your code here


exercises.check_probe(probe)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# from sklearn.linear_model import LogisticRegression
# from sklearn.model_selection import StratifiedKFold, cross_val_score
#
# def probe(embedding, language):
#     folds = StratifiedKFold(5, shuffle=True, random_state=0)
#     return cross_val_score(LogisticRegression(), embedding, language, cv=folds).mean()
#
# exercises.check_probe(probe)
# ```
# </details>

# %%
points = {
    f"{name} (probe {metrics.percent(accuracy[name])})": PCA(2).fit_transform(
        np.concatenate(probed[name]).clip(-10, 10)
    )
    for name in probed
}
figures.show(
    figures.embedding(points, pair),
    "Input features and embeddings of baseline and DANN on their first two principal components: "
    "above by language, below by emotion, each with the probe's accuracy in the title.",
)

# %% [markdown]
# Read the picture with the number beside it: two components may look mixed where a probe still finds
# the language in the other dimensions, and the other way round.

# %%
embedding = torch.from_numpy(np.concatenate(probed["DANN"]))
truth = np.repeat([0, 1], [len(pair.source), len(test)])
with torch.no_grad():
    adversary_guess = danns[0].align.classifier(embedding).argmax(dim=1).numpy()
adversary_says = metrics.uar(truth, adversary_guess)
print(f"On these embeddings the adversary itself is right in {100 * adversary_says:.0f} %,")
print(f"a fresh linear probe in {metrics.percent(accuracy['DANN'])} (balanced accuracy).")
if np.isnan(accuracy["DANN"]):
    print("Without other speakers to test a probe on, nobody can tell what that is worth.")
elif accuracy["DANN"] > adversary_says + 0.1:
    print("The encoder has learned to fool this adversary more than to forget the language.")
else:
    print("The two agree: the adversary's accuracy can be taken at its word here.")

# %% [markdown]
# The adversary chases an encoder that moves at every step; the probe gets a frozen one and all the
# time it needs. Where the probe stays far above chance, the language is still there, only no longer
# where the adversary looked. Elazar & Goldberg (2018) found the same for text: what an adversary no
# longer sees, a new classifier often finds again. DANN may help all the same, by moving the
# *emotion-relevant* directions of the languages onto each other; the UAR on the target measures that.
#
# ## What λ does
#
# > **Predict.** We train with λ rising to 0, 0.1, 0.3, 1 and 3. Which of the three will fall first:
# > the recall on the source, the recall on the target, or the probe's accuracy for the language?

# %%
rows = []
for strength in (0.0, 0.1, 0.3, 1.0, 3.0):
    align = alignment.DomainAdversary(max_lambda=strength)
    for seed in range(2):
        run = training.fit(model, pair, align=align, seed=seed)
        embedded = run.embed(pair.source), run.embed(test)
        rows.append(
            {
                "largest λ": strength,
                "UAR source (held out)": evaluation.held_out_uar(run, pair.source),
                "language accuracy (probe)": invariance.language_accuracy(
                    *embedded, pair.source.speakers, test.speakers
                ),
                "UAR target (oracle_)": metrics.uar(test.labels, run.predict(test)),
            }
        )
sweep = pd.DataFrame(rows).groupby("largest λ").mean()
tables.blank((100 * sweep).round(1))

# %%
figures.show(
    figures.sweep(sweep),
    "Held-out source recall, target recall and the probe's language accuracy as the largest lambda "
    "grows.",
)

# %%
widgets.lambda_slider(sweep)

# %% [markdown]
# The last column is named `oracle_`: choosing λ by it would be cheating, since it needs target labels.
# What may be used is the rest: keep the recall on held-out *source* speakers, and among what keeps it,
# prefer the embedding with the least language in it. (Learning rate and dropout were chosen by
# `python -m ser_utils search` for all pairs together, by the first half of that rule alone; λ rises to
# 1, as in Ganin et al.) What would the rule choose here, and what does it cost not to have target labels?

# %%
source_uar, language_left, oracle_uar = (sweep[column] for column in sweep)
allowed = source_uar >= source_uar.max() - 0.02  # as good, within what seeds make of it
# Without a probe, the rule prefers the smallest of them.
by_rule, by_oracle = language_left[allowed].fillna(0.5).idxmin(), oracle_uar.idxmax()
print(f"The rule picks λ = {by_rule:g}: target UAR {100 * oracle_uar[by_rule]:.1f} %")
print(f"An oracle, λ = {by_oracle:g}: target UAR {100 * oracle_uar[by_oracle]:.1f} %")

# %% [markdown]
# A difference between the two is the price of having no target labels, and every unsupervised method
# pays it.
#
# ## The result
#
# Five seeds each, the same batch norm, the same normalisation, intervals from a paired bootstrap over
# target speakers. The majority dummy stands below; 0 gain would mean that alignment did nothing.

# %% tags=["headline"]
result = evaluation.compare(baselines, danns, pair)
headline.show(result)

# %%
figures.show(
    figures.comparison(result),
    f"UAR on the target of baseline and DANN, and the gain of DANN: {result.caption}. Bars are 95 % "
    "intervals over target speakers.",
)

# %%
gain = result.gain
if not gain.has_interval:
    verdict = "How much other speakers would differ cannot be told from so few."
elif gain.low > 0:
    verdict = "DANN is better here, and the interval excludes 0."
elif gain.high < 0:
    verdict = "DANN is worse here, and the interval excludes 0: alignment hurt on this pair."
else:
    verdict = "The interval includes 0: on these speakers the two cannot be told apart."
print(f"Gain in points: {gain:+}. {verdict}")

# %%
test_scores = {
    name: [100 * metrics.uar(test.labels, run.predict(test)) for run in runs]
    for name, runs in {"baseline": baselines, "DANN": danns}.items()
}
pd.DataFrame(test_scores, index=pd.RangeIndex(5, name="seed")).round(1)

# %% [markdown]
# One seed alone could have told a different story. The interval speaks of *speakers*: how the mean over
# these seeds would vary with other speakers of the target, not with other seeds, corpora or languages.
#
# ## Against the simplest adaptation
#
# Notebook 2 showed that normalising each corpus by its own statistics is adaptation, too, and a free
# one. Does DANN beat it, and does it add to it?

# %%
own = domains.pair(source, target, task=TASK, normalise="dataset")
adversary = alignment.DomainAdversary()
runs = {
    ("source", "baseline"): (pair, baselines),
    ("source", "DANN"): (pair, danns),
    ("dataset", "baseline"): (own, [training.fit(model, own, seed=s) for s in range(5)]),
    ("dataset", "DANN"): (
        own,
        [training.fit(model, own, align=adversary, seed=s) for s in range(5)],
    ),
}
scores = {
    key: np.mean([metrics.uar(p.evaluation.labels, r.predict(p.evaluation)) for r in trained])
    for key, (p, trained) in runs.items()
}
table = (100 * pd.Series(scores)).unstack()[["baseline", "DANN"]]
table.rename_axis("normalisation").round(1)

# %% [markdown]
# Compare along the diagonal, too: if the baseline under `dataset` beats DANN under `source`, then two
# lines of NumPy did more than the adversary. A gain is always a gain *over something*.
#
# ## Beyond this pair
#
# The same comparison, for all ordered pairs of three real corpora and both tasks, is stored with this
# project and was written by `make reproduce`. Notebook 7 takes it apart.

# %%
reproduction = pd.read_csv(files.in_checkout("results", "reproduction_summary.csv"))
same = reproduction.query(
    "batch_norm == @BATCH_NORM and task == @TASK and normalise == 'source' "
    "and protocol == 'transductive'"
)
columns = ["baseline", "dann", "gain", "gain_low", "gain_high", "ceiling"]
(100 * same.set_index(["source", "target"])[columns]).round(1)

# %%
pairs_only = same[same["source"] != "mean"]
gains = 100 * pairs_only["gain"]
print(f"{(gains > 0).sum()} of {len(gains)} pairs gain; mean gain {gains.mean():+.1f} points.")
print(
    f"Under {BATCH_NORM!r} batch norm, {TASK}. The paper reports +3.91 on average, on its corpora."
)

# %% [markdown]
# ## Summary
#
# - DANN is the baseline plus one penalty: a language classifier behind a gradient reversal.
# - Its curves can look right while nothing is aligned; a fresh probe tells.
# - Settings can be chosen without target labels, at a price. What needs target labels is an oracle.
# - A gain is a number with an interval, over a named baseline under a named normalisation.
#
# **Limits.** Alignment cannot see classes: where the languages differ in class shares, it may align
# the wrong things. The evaluation is transductive by default: the target utterances adapted to,
# without labels, are those scored (`protocol="inductive"` splits the target's speakers). Acted speech;
# one corpus a language.
#
# **Further reading.** Cai et al. 2021, *Unsupervised cross-lingual speech emotion recognition using
# domain adversarial neural network*, ISCSLP (arXiv 2012.11174): the paper this series follows.
# Abdelwahab & Busso 2018, *Domain adversarial for acoustic emotion recognition*, IEEE/ACM TASLP 26(12).
# Elazar & Goldberg 2018, *Adversarial removal of demographic attributes from text data*, EMNLP. Ganin
# et al. 2016, *Domain-adversarial training of neural networks*, JMLR 17(59).
