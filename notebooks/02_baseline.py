# %% [markdown]
# # 2 · The baseline, and the drop
#
# **You will be able to**
# - find the inputs that lie absurdly far away in another language, and say what clipping does to them;
# - train a source-only classifier, first by hand and then with `ser_utils.training.fit`;
# - judge it so that neither unequal classes nor known speakers flatter it;
# - say how much is lost in another language, and whether the *ranking* failed or only the *threshold*;
# - place the result between a dummy, what is free, and a ceiling.
#
# **Prerequisites**: [01_features](01_features.ipynb), the idea of a training loop in PyTorch. \
# **Time**: about 1 minute on 2 CPU cores. \
# **Data**: the pair of notebook 1. \
# **Next**: [03_gradient_reversal](03_gradient_reversal.ipynb)

# %% [markdown] tags=["teacher"]
# The exercise of ten minutes is the second one. Be ready for answers that stop after one correction of
# the share: ask whether the new share would change the probabilities again. Ranking and threshold
# return in notebooks 4, 5 and 7, so do not skip them.

# %%
import numpy as np
import pandas as pd
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, KFold, cross_val_predict
from torch import nn

from ser_utils import domains, evaluation, features, figures, metrics, models
from ser_utils import settings, training
from ser_utils import labels as label_schemes
from ser_utils.lessons import choice, exercises, quiz, tables
from ser_utils.utterances import Labelled

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
class_names = label_schemes.CLASS_NAMES[TASK]
print(pair)

# %% [markdown]
# A **[pair](../docs/glossary.md#pair)** holds three things: a labelled `source`, a `target` *without labels*, and an `evaluation`
# domain with the labels of the target, which only the scoring may touch. The **[baseline](../docs/glossary.md#baseline)** does not even look at
# `target`; later methods will.

# %%
print("What training sees of the target:", *vars(pair.target))
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

# %% [markdown]
# The target has no labels, and not even file names: in an emotion corpus the name of a file tells the emotion.
# Training cannot leak what it cannot reach.
#
# ## Look at the inputs first
#
# Under `source` normalisation each feature says how many standard deviations of the source a value lies from the
# mean of the source.
#
# > **Predict.** On the source hardly any value lies more than 3 standard deviations out. How far out may
# > one lie in the other language: 5, 50, 500? In one unlucky utterance, or in all of them?

# %% [markdown] tags=["answer"]
# Tens of deviations, or hundreds: be ready for smaller guesses. There are two kinds: ratios whose
# denominator comes near zero, in a few unlucky utterances; and features that follow the level, which
# lie outside in nearly every utterance: that is the shift itself. Clipping mends the first kind only.

# %%
far = np.abs(domains.pair(source, target, task=TASK, clip=None).evaluation.features)
beyond = far > settings.CLIP
outliers = pd.DataFrame(
    {"farthest": far.max(axis=0), "share": beyond.mean(axis=0)}, index=source.names
)
farthest, commonest = (outliers.nlargest(5, by) for by in outliers)
figures.show(
    figures.outliers(outliers, settings.CLIP, [*{farthest.index[0], commonest.index[0]}]),
    "Each dot is one of the 88 functionals of the target, standardised by the source: how many of its "
    "utterances lie beyond 3 standard deviations, and how far out the farthest lies (log scale).",
)
print(
    f"{100 * beyond.mean():.1f} % of the target's values lie beyond {settings.CLIP:g}, and are clipped."
)
pd.concat([farthest, commonest]).drop_duplicates().astype(float).round(2)

# %% [markdown]
# **What you saw.** There are two kinds of outliers. *Above left*, a few utterances lie very far out. Most
# of these features end in `stddevNorm`: a standard deviation divided by a mean. If the mean is near zero the ratio
# can be anything, and one such number outweighs all others in a linear layer. *To the right*, many
# utterances lie outside: the change of corpus has moved the whole target.
#
# So in this series inputs end at `settings.CLIP`, on both sides and in both domains. This is **[clipping](../docs/glossary.md#clipping)**, and
# `domains.pair(..., clip=None)` switches it off. It tames the first kind of outlier, and only flattens the
# second.
#
# > **On RAVDESS -> EMO-DB.** 21.2 % of the German values are clipped. `mfcc2V_sma3nz_stddevNorm` reaches
# > 116.11 standard deviations, while only a share of 0.01 of its values lies beyond 3. Of
# > `loudness_sma3_percentile20.0` all do (1.00): that is the level of the recordings.

# %% [markdown]
# ## How to score: unweighted average recall
#
# Accuracy rewards naming the larger class. The field's measure is the mean of the recalls of the
# classes, the **[unweighted average recall](../docs/glossary.md#unweighted-average-recall)**
#
# $$\mathrm{UAR} = \frac12 \left( \frac{\text{hits}_0}{n_0} + \frac{\text{hits}_1}{n_1} \right),$$
#
# which is 50 % for every **[dummy](../docs/glossary.md#dummy)** that ignores its input.

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

# %% [markdown] tags=["hint"]
# Take one class at a time: which utterances are of it, and how many of these were named right?


# %% tags=["solution"]
def uar(labels, predictions):
    recalls = [(predictions[labels == c] == c).mean() for c in (0, 1)]
    return float(np.mean(recalls))


exercises.check_uar(uar)

# %% [markdown]
# ## Speakers must not straddle
#
# > **Predict.** We test a plain logistic regression on the source by cross-validation, once with
# > utterances dealt out at random and once with whole speakers **[held out](../docs/glossary.md#held-out-speakers)**. Which score is higher? Which
# > of the two tells how the system will do on somebody it has never heard?

# %% [markdown] tags=["answer"]
# At random tends to be higher, since the classifier then knows the voices. Only the score with whole
# speakers held out speaks of a new person. The difference is small where speakers are many or alike,
# and may even turn around by the luck of the folds; the habit matters, not the size.
# Be ready for larger guesses.

# %%
classifier = LogisticRegression(C=0.1, max_iter=2000, class_weight="balanced")


def cross_validated(part: Labelled, by_speaker: bool) -> np.ndarray | None:
    """Classes of utterances that were not learned from; None where that leaves one class to learn."""
    k = min(5, len(np.unique(part.speakers)))
    if k < 2:
        return None
    folds = GroupKFold(k) if by_speaker else KFold(k, shuffle=True, random_state=0)
    splits = list(folds.split(part.features, groups=part.speakers if by_speaker else None))
    if any(len(np.unique(part.labels[seen])) < 2 for seen, _ in splits):
        return None
    return cross_val_predict(classifier, part.features, part.labels, cv=splits)


for name, by_speaker in {"utterances at random": False, "speakers held out": True}.items():
    predicted = cross_validated(pair.source, by_speaker)
    if predicted is not None:
        print(f"{name:22} UAR {100 * metrics.uar(pair.source.labels, predicted):.1f} %")

# %% [markdown]
# **What you saw.** Where the first number is higher, it helped to know the speakers (or it was the luck of the
# folds). The second number is the one that tells how the system will do on a stranger. From here on no speaker
# is on both sides; `domains.split_by_speaker` sees to that.
#
# > **On RAVDESS -> EMO-DB.** 82.5 % with utterances at random, 80.0 % with speakers held out.

# %% [markdown]
# ## Training by hand
#
# A network $f$ turns the features of an utterance into an embedding. A linear head turns the embedding into scores
# of the two classes. The loss is the cross-entropy with **[class weights](../docs/glossary.md#class-weights)** $w_c = n / (2 n_c)$, so that both classes count the same however many
# utterances they have:
#
# $$\mathcal L_\text{emotion} = \frac{\sum_i w_{y_i} \, \mathrm{CE}\big(\text{head}(f(x_i)), y_i\big)}{\sum_i w_{y_i}}.$$

# %%
torch.manual_seed(0)
rest, held_out = domains.split_by_speaker(pair.source, fraction=0.2, seed=0)
d = rest.features.shape[1]
network = nn.Sequential(nn.Linear(d, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 2))
optimiser = torch.optim.Adam(network.parameters(), lr=settings.LEARNING_RATE)
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
# ## The same through the package
#
# `training.fit` is that loop: it holds source speakers out by itself, weighs the classes, draws all
# chance from one seed, and keeps the history. `models.mlp` builds a network a little larger than the one above:
# two hidden layers, each with batch normalisation. Its settings are the same for every pair; notebook 4
# tells the rule that chose them.

# %%
model = models.mlp(pair, batch_norm="source")
runs = [training.fit(model, pair, seed=seed) for seed in range(5)]
figures.show(
    figures.training_curves({"baseline": runs[0].history}),
    "The baseline's loss on the source and its UAR on held-out source speakers, by epoch.",
)

# %% [markdown]
# > **Predict.** The UAR on held-out speakers of the source language is now known. What will it be in
# > the other language? Will the errors be balanced, or will the network lean to one class?

# %% [markdown] tags=["answer"]
# Lower, often near chance. The point to draw out is how it fails: not by errors in both directions, but
# by calling nearly everything one class. Whoever predicted a bit less of everything has not thought of
# a shift that moves all scores to one side.

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
pd.DataFrame(
    {
        "source (held out)": [evaluation.held_out_uar(r, pair.source) for r in runs],
        "target": [metrics.uar(pair.evaluation.labels, r.predict(pair.evaluation)) for r in runs],
    },
    index=pd.RangeIndex(len(runs), name="seed"),
).assign(drop=lambda uar: uar["source (held out)"] - uar["target"]).mul(100).round(1)

# %% [markdown]
# **What you saw.** The table has the drop for each seed. The matrix says how it comes about. If both rows of the
# target are worse by about as much, the classes overlap. If one class is nearly always right and the other nearly
# always wrong, most of the target lies on one side of the decision boundary. That leaves open *why*:
#
# ## Ranking or threshold?
#
# A classifier gives each utterance a **[score](../docs/glossary.md#score)**, the probability $p$ of class 1, and cuts the scores at a
# **[threshold](../docs/glossary.md#threshold)**, 0.5. UAR sees both together. The **[area under the ROC curve](../docs/glossary.md#area-under-the-roc-curve)** sees the ranking alone: how
# often an utterance of class 1 scores above one of class 0,
#
# $$\mathrm{AUC} = P(p_1 > p_0) + \frac12 P(p_1 = p_0),$$
#
# 50 % for guessing. And you can move a threshold *without a label*: **[cut at the median](../docs/glossary.md#cut-at-the-median)** of the target's
# scores. That *assumes balance*: half of the target in each class. The further the target is from that, the more
# errors the cut makes (think of valence in notebook 1).
#
# > **Predict.** Is the target of the **[confusion matrix](../docs/glossary.md#confusion-matrix)** badly ranked, or badly cut?

# %% [markdown] tags=["answer"]
# Both, in different measure. A lopsided matrix says that the threshold is off; an AUC well above one
# half says that there is a ranking left to use; an AUC below the one of the source says that the
# ranking has suffered as well. A cut at the median mends the first and cannot mend
# the second. Be ready for "badly ranked".


# %%
# The scores are log-odds, log(p / (1 - p)) for the probability p of class 1: the two logits' difference.
figures.show(
    figures.score_distributions(
        {
            figures.language_name(part.language): (run.log_odds(part), part.labels)
            for part in (aside, pair.evaluation)
        },
        class_names,
    ),
    "The scores of one baseline by true class: above for source speakers it never heard, below for the "
    "target. The solid line is the threshold 0.5, the dashed one the median.",
)
scores = run.log_odds(pair.evaluation)
ways = {"cut at 0.5": scores > 0, "cut at the median": metrics.above_median(scores, of=scores)}
for name, predicted in ways.items():
    print(f"{name:18} UAR {100 * metrics.uar(pair.evaluation.labels, predicted):.1f} %")
print(f"{'ranking':18} AUC {100 * metrics.auc(pair.evaluation.labels, scores):.1f} %")

# %% [markdown]
# **What you saw.** Compare two distances in the lower panel. The one from the solid line to the dashed one says how far
# off the threshold is. The one from colour to colour says how well the classes are ranked. Where the colours overlap,
# no threshold can part them. A method that only moves the target back to the old threshold raises UAR but not AUC, and
# a free cut does the same.
#
# > **On RAVDESS -> EMO-DB.** Nearly every German utterance is called high, with a probability close to 1:
# > 50.2 %, guessing. Cut at the median it is 68.2 %, so much of the failure was the threshold. Not all: at an
# > AUC of 75.6 % the classes overlap, wherever one cuts.

# %% [markdown]
# ### Exercise 2: how many are of class 1? (10 minutes)
#
# The median assumes that half of the target is of class 1. Can the share be estimated instead, without
# a label? Suppose that the share is all that has changed. A classifier says `p`, and in its training a
# share `trained` was of class 1. If the share is `s` now, Bayes' rule multiplies `p` by `s / trained`,
# and `1 - p` by `(1 - s) / (1 - trained)`; divided by their sum, these are the new probabilities.
#
# But `s` is what you look for. Find it (Saerens, Latinne & Decaestecker 2002).


# %%
def share_of_class_1(p: np.ndarray, trained: float) -> float:
    """Return the share of class 1 in a target, from the probabilities p of it, shape (n,)."""
    # your code here


exercises.check_share(share_of_class_1)

# %% [markdown] tags=["hint"]
# Begin with the share of the training. The mean of the new probabilities is a better guess than it. And
# then?


# %% tags=["solution"]
def share_of_class_1(p, trained):
    share = trained
    for _ in range(1000):
        high = p * share / trained
        low = (1 - p) * (1 - share) / (1 - trained)
        share = np.mean(high / (high + low))
    return share


exercises.check_share(share_of_class_1)
# By its weights, the network has learned as if each class had been one half.
estimated = share_of_class_1(run.probabilities(pair.evaluation)[:, 1], trained=0.5)
print(f"{class_names[1]}: estimated {estimated:.2f}, true {pair.evaluation.labels.mean():.2f}")

# %% [markdown] tags=["solution"]
# Where the estimate is far from the truth, more than the share has changed: the scores were moved, and
# the method takes a moved score for a frequent class. It holds where its assumption holds.
# (`metrics.em_share` is the same for log-odds.)

# %% [markdown]
# ## What is free
#
# One run tells little. So here are five **[seeds](../docs/glossary.md#seed)** of everything that needs no method: the baseline with and
# without clipping, and under the other normalisations of notebook 1. (These use the unlabelled target, so they are
# adaptation already.) Compare the gains in later notebooks with the best of these.

# %%
conditions = {
    "not clipped": {"clip": None},
    "baseline": {},
    "dataset normalisation": {"normalise": "dataset"},
    "speaker normalisation": {"normalise": "speaker"},
}
measured = []
for name, options in conditions.items():
    other = domains.pair(source, target, task=TASK, **options)
    labels = other.evaluation.labels
    for r in [training.fit(model, other, seed=seed) for seed in range(5)] if options else runs:
        scores = r.log_odds(other.evaluation)
        halved = metrics.above_median(scores, of=scores)
        uar_at = [metrics.uar(labels, predicted) for predicted in (scores > 0, halved)]
        measured.append([name, *uar_at, metrics.auc(labels, scores)])
columns = ["condition", "UAR, cut at 0.5", "UAR, cut at the median", "AUC"]
measured = pd.DataFrame(measured, columns=columns).set_index("condition")
figures.show(
    figures.seeds(measured),
    "UAR on the target cut at 0.5 and at the median, and AUC, of the source-only baseline under four "
    "conditions: a dot per seed, a line at the mean. The dashed line is guessing.",
)
(100 * measured.groupby(level=0, sort=False).mean()).round(1)

# %% [markdown]
# **What you saw.** Go from the left panel to the middle one: this is the gain of a better threshold. Go down the
# right panel: this is the change of the ranking. A condition that raises the left panel alone brings no more than
# a free cut.
#
# > **On RAVDESS -> EMO-DB.** Clipping brings nothing here: 50.5 % with it, 50.9 % without, and the dots
# > overlap. The cut at the median takes the baseline to 65.6 %. Dataset normalisation takes it to 77.3 %,
# > and its AUC from 71.7 % to 85.8 %: it puts the threshold right *and* mends the ranking. Speaker
# > normalisation is a little ahead (79.8 and 87.6 %), but has to know who speaks.

# %% [markdown]
# ## What can shift
#
# A **[domain](../docs/glossary.md#domain)** is a distribution $p(x, y)$ of features and classes, and can differ in more than one way.

# %%
figures.show(
    figures.shifts(),
    "Sketches of four shifts, the source above and the target below. Covariate shift: p(x) moves, and the "
    "threshold remains right. Concept shift: the boundary moves under the same p(x). Label shift: one "
    "class becomes rare. All moved: classes and their boundary have moved together.",
)

# %% [markdown]
# - **[Covariate shift](../docs/glossary.md#covariate-shift)**: only $p(x)$ differs. The old threshold is right, though hardly tested out there.
# - **[Concept shift](../docs/glossary.md#concept-shift)**: $p(y \mid x)$ differs. Without labels of the target nobody can know.
# - **[Label shift](../docs/glossary.md#label-shift)**: $p(y)$ differs. The cut at the median goes wrong, and so does alignment (notebook 3).
# - *All is moved*: the features $x$ have both of the first two shifts. An embedding $f(x)$ that undoes the move has
#   neither. Alignment is made for this shift.
#
# How much can **[alignment](../docs/glossary.md#alignment)** promise? Take a classifier that reads embeddings: $z_s = f(x_s)$
# of the source, and $z_t = f(x_t)$ of the target. Ben-David et al. (2010) show that
#
# $$\epsilon_t \;\le\; \epsilon_s \;+\; \tfrac12\, d(z_s, z_t) \;+\; \epsilon^*,$$
#
# where $\epsilon_s$ and $\epsilon_t$ are its shares of errors on source and target. The three terms ask three questions:
#
# - How many errors does it make on the source? `evaluation.held_out_uar` measures that on speakers held out.
# - How well can the domains be told apart in $z$? A language classifier estimates that (notebook 4).
# - How many errors would the one classifier make that serves both domains best? That is $\epsilon^*$, its errors on
#   the two added up. Only labels of the target could tell, so we have to hope that it is small.
#
# DANN attacks the second term, and has to take care not to raise the third. The sum is a promise only while it
# is below 1. Notebook 4 puts the numbers of this pair into the formula.

# %% [markdown]
# ## How good could it be, and how sure is that?
#
# An **[oracle](../docs/glossary.md#oracle)** is trained on *labelled target speakers* and tested on the others. It breaks the rules of
# unsupervised adaptation, so it is never a result. (It is empty where too few speakers have both classes.)
#
# Utterances of one speaker resemble each other, so an **[interval](../docs/glossary.md#interval)** comes from drawing *speakers* again (a
# **[cluster bootstrap](../docs/glossary.md#cluster-bootstrap)**), not utterances.
#
# > **Predict.** Which interval of the oracle's UAR will be wider: from drawing utterances, or speakers?

# %% [markdown] tags=["answer"]
# From drawing speakers, where voices differ in how hard they are. Utterances of one speaker are not
# independent, so drawing them one by one counts the same evidence many times. Near chance there is
# hardly a difference, which is why the oracle is shown. Be
# ready for "more data, narrower interval", and ask *what* is counted: the speakers.

# %%
test = pair.evaluation
oracle = cross_validated(test, by_speaker=True)
if oracle is not None:
    honest = evaluation.bootstrap_uar(test.labels, oracle, test.speakers)
    naive = evaluation.bootstrap_uar(test.labels, oracle, np.arange(len(test)))
    print(f"oracle, drawing {len(np.unique(test.speakers)):4} speakers:   {honest}")
    print(f"oracle, drawing {len(test):4} utterances: {naive}")
baseline = measured.loc["baseline"].mean()
summary = {
    "majority dummy": evaluation.majority_uar(pair),
    "baseline (source only), mean of seeds": baseline["UAR, cut at 0.5"],
    "baseline, cut at the median, mean of seeds": baseline["UAR, cut at the median"],
    "oracle (target labels, other speakers)": np.nan if oracle is None else honest.value,
}
tables.blank((100 * pd.Series(summary, name="UAR on the target (%)")).round(1).to_frame())

# %% [markdown]
# **What you saw.** Where some voices are easier than others, the interval from drawing speakers is wider, and the
# one from drawing utterances promises too much. Methods have the room between the best of what is free and the
# oracle. (With few speakers to learn from, the oracle may lie below: then it is no ceiling.)
#
# > **On RAVDESS -> EMO-DB.** The oracle is at 88.0 %. Its interval is [81.6, 93.6] from drawing speakers,
# > and only [85.0, 90.8] from drawing utterances.

# %% [markdown]
# > **Open question.** Somebody proposes: "Report each method at its best threshold on the target, found
# > with labels, so that thresholds do not blur the comparison." What is right about it, what is wrong,
# > and what would you report?

# %% [markdown] tags=["answer"]
# Right: ranking and threshold are two questions and should be told apart. Wrong: the threshold is
# chosen by labels of the target, so it is an oracle, and the best of many thresholds flatters everyone,
# small corpora most. A good answer reports AUC, UAR at a threshold that needs no label, both with
# intervals over speakers, and calls the proposal an oracle if it shows it at all.

# %% [markdown]
# ## Summary
#
# - Look at the inputs: a ratio over a mean near zero can outweigh all else, a level can move everything.
# - UAR, speakers held out, intervals over speakers: three habits that keep a number honest.
# - UAR falls for two reasons. AUC tells a failed ranking from a threshold that moved.
# - A cut at the median and a normalisation by the target are free: opponents of the methods to come.
#
# **Limits.** The held-out source speakers are few, so the source's score varies with the seed. With
# as few target speakers as here, bootstrap intervals are somewhat too narrow.
#
# **Further reading.** Schuller et al. 2009, *The INTERSPEECH 2009 Emotion Challenge* (UAR). Field &
# Welsh 2007, *Bootstrapping clustered data*, JRSS B 69(3). Ben-David et al. 2010, *A theory of
# learning from different domains*, Machine Learning 79. Moreno-Torres et al. 2012, *A unifying view on
# dataset shift in classification*, Pattern Recognition 45(1): covariate, concept and label shift.
#
# **Next**: [03_gradient_reversal](03_gradient_reversal.ipynb)
#
# ## Quiz
#
# Click on an answer to read what we say to it.

# %%
quiz.ask("02_baseline")
