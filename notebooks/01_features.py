# %% [markdown]
# # 1 · From speech to features
#
# **You will be able to**
# - hear and see what an emotion has in common in two languages, and what differs;
# - turn emotion categories into binary *arousal* and *valence*, and say what was decided on the way;
# - extract the 88 functionals of eGeMAPS and log-mel spectrograms;
# - measure how much of a feature is emotion, how much is language, and how much only level and silence:
#   why a classifier trained on one corpus meets a **[domain shift](../docs/glossary.md#domain-shift)** in the other.
#
# **Prerequisites**: Python, NumPy, what a spectrogram is. \
# **Time**: about 1 minute on 2 CPU cores, once the corpora are on disk; more the first time, while
# features are extracted. \
# **Data**: a **[source](../docs/glossary.md#source)** and a **[target](../docs/glossary.md#target)** corpus of acted emotional speech, chosen below. \
# **Next**: [02_baseline](02_baseline.ipynb)
#
# Each utterance takes this way through the series; this notebook goes as far as its input:
#
# ![An utterance's way: wav file, row of a table, samples, features, input, embedding, probability and score, each made of the one before. Labels of the source join where the label head is trained; those of the target nowhere but at the score.](pictures/utterance.svg)

# %% [markdown] tags=["teacher"]
# The exercise of ten minutes is the second one. Its last sentence, whether one could use it on the
# target, is worth more than the code. If time is short, skip the section on η². The open question makes
# a good start for the next session.

# %%
import numpy as np
import pandas as pd
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression

from ser_utils import audio, domains, features, figures, labels, metrics, widgets
from ser_utils.datasets import audit
from ser_utils.lessons import choice, exercises, quiz

# %% [markdown]
# If you want another pair of languages, change the next cell, and only that. `"auto"` takes two real corpora
# if they are on this machine, and synthetic speech if they are not. `make data` (or `ser-utils data`)
# downloads the two, once you accept their licences. A bad file (cut off, silent, ...) is an error;
# `ON_ERROR = "skip"` leaves such files out, and lists them.

# %% tags=["parameters"]
SOURCE = "auto"
TARGET = "auto"
TASK = "arousal"
ON_ERROR = "raise"

# %%
source_name, target_name = choice.corpora(SOURCE, TARGET)
source = features.of_corpus(source_name, on_error=ON_ERROR).table
target = features.of_corpus(target_name, on_error=ON_ERROR).table
both = pd.concat([source, target], ignore_index=True)

pd.crosstab(both["dataset"], both["emotion"], margins=True, margins_name="all")

# %%
# A corpus is a table with one row per utterance, and all corpora have the same columns.
source.drop(columns="path").groupby("emotion").head(1)


# %%
def duration(path: str) -> float:
    """Return for how many seconds a recording lasts."""
    with audio.opened(path) as file:
        return file.frames / file.samplerate


seconds = both["path"].map(duration)
durations = seconds.groupby(both["dataset"], sort=False).describe()[["min", "50%", "max"]]
for name in durations.index[durations["min"] == durations["max"]]:
    print(f"Beware: every file of {name} has the same length. Somebody cut or padded them.")
durations.round(2).rename_axis("duration (s)")

# %% [markdown]
# ## Hear the shift
#
# We take two emotions that both corpora have, an excited one and a quiet one (or else the liveliest and the
# calmest that each corpus has). From each corpus we take one woman, if there is one, and of her the loudest
# excited utterance and the quietest quiet one. These are clear examples, not typical ones.
#
# > **Predict.** Before you listen: would you recognise the emotion in a language that you do not
# > speak? What in the voice would tell you: how high it is, how fast, how loud, its timbre? And what
# > would tell you the **[corpus](../docs/glossary.md#corpus)**, even if all words were cut out?

# %% [markdown] tags=["answer"]
# Be ready for pitch and loudness as what tells the emotion: both do, in either language. The recording
# tells the corpus: level, room, noise, and the silence at both ends do it without a single word. If
# nobody names it, play the quiet pair again, and ask what they hear before the first word.


# %%
def example(table: pd.DataFrame, emotion: str, loudest: bool) -> np.ndarray:
    """Return the loudest or the quietest utterance of `emotion` by the first woman, if there is one."""
    rows = table[table["emotion"] == emotion]
    women = rows[rows["gender"] == "female"]
    rows = rows if women.empty else women
    own = rows.loc[rows["speaker"] == rows["speaker"].iloc[0], "path"]
    return sorted(map(audio.read, own), key=np.std)[-1 if loudest else 0]


languages = {
    f"{figures.language_name(table['language'].iloc[0])} ({name})": table
    for name, table in {source_name: source, target_name: target}.items()
}
excited, quiet = (
    {
        f"{name}, {emotion}": example(table, emotion, loudest)
        for (name, table), emotion in zip(languages.items(), emotions, strict=True)
    }
    for emotions, loudest in (
        (choice.liveliest(source, target), True),
        (choice.calmest(source, target), False),
    )
)

widgets.players(excited | quiet)

# %%
figures.show(
    figures.utterances(excited),
    f"An excited utterance in each language ({'; '.join(excited)}): waveform, log-mel spectrogram, "
    "pitch contour and energy over time.",
)
figures.show(
    figures.utterances(quiet),
    f"The same for a quiet utterance ({'; '.join(quiet)}): compare the height and the movement of the "
    "pitch, and the energy, with the excited one above.",
)

# %% [markdown]
# **What you saw.** From the upper figure to the lower one the emotion changes. Compared with calm speech, anger
# tends to raise the pitch, widen its range and lift the energy (Banse & Scherer 1996). This is how you may
# recognise an emotion in a language that you do not speak.
#
# Between the columns of a figure the emotion stays the same, and much else changes: the speaker, the noise
# between words, the level, how far up the spectrum goes, the silence at both ends. This is how you would tell the
# corpus without any words, and so would a classifier.
#
# > **On RAVDESS -> EMO-DB.** Both women raise their pitch in anger. But the German recordings fill the scale
# > and begin with speech, while the English ones begin and end with silence, and the quiet one is weak:
# > a German sadness is as strong as an English anger.

# %% [markdown]
# ## From emotions to arousal and valence
#
# Each corpus has its own set of emotions. So the paper, like most cross-corpus work, folds them into
# two binary **[tasks](../docs/glossary.md#task)**:
#
# - **[arousal](../docs/glossary.md#arousal)**: is the speaker excited (high) or quiet (low)?
# - **[valence](../docs/glossary.md#valence)**: is the feeling pleasant (positive) or unpleasant (negative)?
#
# Somebody has to *decide* which emotion goes where, and papers decide differently. On the arousal axis, disgust
# is the contested one. Here every decision is a named **[scheme](../docs/glossary.md#scheme)**.

# %%
pd.DataFrame(
    {
        f"{task}, {scheme}": {
            emotion: name for name, emotions in classes.items() for emotion in emotions
        }
        for task, schemes in labels.SCHEMES.items()
        for scheme, classes in schemes.items()
    }
).fillna("(left out)").sort_index()

# %%
balances = {
    task: pd.concat(
        {name: labels.balance(table, task) for name, table in languages.items()},
        names=["language", "scheme"],
    )
    for task in labels.TASKS
}
for task, balance in balances.items():
    figures.show(
        figures.class_balance(balance),
        f"Share of the two classes of {task} that each labelling scheme gives in either corpus. Shares "
        "that differ between the languages are a shift of their own, which alignment can make worse.",
    )
balances["valence"].round(2)

# %% [markdown]
# Valence is the harder task: joy and anger are both loud and high, so loudness and pitch do not tell them apart.
# And *positive* is a stopgap. `latif2018`, our default, has to put neutral somewhere, and makes it positive (with
# surprise; we added calm). A classifier may then hear "no strong feeling" and call it pleasant. `neutral-out`
# leaves neutral out: a cleaner question, asked of fewer utterances: `domains.pair(..., task="valence", scheme="neutral-out")`.
#
# > **On RAVDESS -> EMO-DB.** Under `latif2018` a share of 0.47 of the English and 0.28 of the German
# > utterances is positive; without neutral it is 0.33 and 0.16. A method that makes the languages look alike
# > makes unlike shares look alike.

# %% [markdown]
# ### Exercise 1: a scheme of your own
#
# Write the arousal scheme that leaves disgust out: 1.0 for high, 0.0 for low, NaN for left out. High
# are anger, fear, happiness and surprise.


# %%
def arousal_without_disgust(table: pd.DataFrame) -> pd.Series:
    """Label table["emotion"] with 1.0, 0.0 or NaN."""
    # your code here


exercises.check_arousal(arousal_without_disgust)

# %% [markdown] tags=["hint"]
# `isin` gives one answer for each row. What should stand where neither answer is right?


# %% tags=["solution"]
def arousal_without_disgust(table):
    high = ["anger", "fear", "happiness", "surprise"]
    labelled = table["emotion"].isin(high).astype(float)
    return labelled.where(table["emotion"] != "disgust")


exercises.check_arousal(arousal_without_disgust)

# %% [markdown] tags=["solution"]
# `where` keeps a value where the condition holds and puts NaN elsewhere. NaN, and not a third class:
# a row that was forgotten then fails loudly instead of being trained on.

# %% [markdown]
# ## Two kinds of features
#
# **[eGeMAPS](../docs/glossary.md#egemaps)** (Eyben et al. 2016) describes a whole utterance by 88 **[functionals](../docs/glossary.md#functional)**: means, deviations,
# percentiles and slopes of pitch, loudness, formants, spectral balance and voice quality. Each utterance
# becomes one vector $x \in \mathbb{R}^{88}$. A small **[perceptron](../docs/glossary.md#perceptron)** can read it, and each entry has a name.
#
# **[Log-mel](../docs/glossary.md#log-mel)** keeps time: the energy in 64 bands of the mel scale every 10 ms, a matrix of 64 rows and
# as many columns as the utterance is long. It is what the small CNN of this package reads.
#
# Both are extracted on all cores and kept in a cache, so the second run of this notebook is fast.

# %%
extracted = {name: features.extract(table, "egemaps") for name, table in languages.items()}
for name, these in extracted.items():
    print(f"{name}: {these.values.shape[0]} utterances, {these.values.shape[1]} functionals")

one = features.extract(source.head(1), "logmel")
print(f"Log-mel of the first utterance: {one.values.shape[1]} bands, {one.lengths[0]} frames")

table = pd.concat(
    [
        these.table.assign(language=name).join(pd.DataFrame(these.values, columns=these.names))
        for name, these in extracted.items()
    ],
    ignore_index=True,
)

# %% [markdown]
# > **Predict.** In the next figure each box is an emotion, each colour a language. If emotion were all
# > that mattered, the two boxes of a row would lie on each other. Which of the three features will come
# > closest to that: pitch, loudness, or the **[Hammarberg index](../docs/glossary.md#hammarberg-index)** (how much stronger the strongest peak
# > below 2 kHz is than the strongest between 2 and 5 kHz)? Which will be moved most by the recording?

# %% [markdown] tags=["answer"]
# Pitch comes closest, since it is measured on a scale that no microphone moves; differences between the
# speakers and their sex remain. Loudness is moved most: it depends on the gain of the recording. Be
# ready for loudness as the answer, because anger is loud: true within a corpus, and of little use
# across two. Be ready for the Hammarberg index as well: its name is the least known.

# %%
shown = {
    "F0semitoneFrom27.5Hz_sma3nz_amean": "mean pitch (semitones)",
    "loudness_sma3_amean": "mean loudness",
    "hammarbergIndexV_sma3nz_amean": "Hammarberg index (dB)",
}
common = sorted(set(source["emotion"]) & set(target["emotion"]))
by, shared = "emotion", table[table["emotion"].isin(common)]
if len(common) < 2:
    print(f"These corpora share no two emotions, so here their classes of {TASK} are compared.")
    classes = labels.binary(table, TASK).map(dict(enumerate(labels.CLASS_NAMES[TASK])))
    by, shared = "class", table.assign(**{"class": classes}).dropna(subset="class")
figures.show(
    figures.distributions(shared, shown, by),
    f"Distribution of mean pitch, mean loudness and the Hammarberg index by {by}, the two "
    "languages side by side.",
)

# %%
medians = shared.groupby([by, "language"], sort=False)[list(shown)].median()
medians = medians.rename(columns=shown).unstack("language")
medians.astype(float).round(2)

# %% [markdown]
# **What you saw.** Follow one colour from row to row: the boxes move with the emotion. Then compare the two
# colours within a row: they differ by all that tells the corpora apart. A feature comes close to the ideal if the
# first move is large and the second small. If *all* boxes of one colour lie to one side, suspect the recording:
# a microphone moves every emotion by as much.
#
# > **On RAVDESS -> EMO-DB.** Pitch comes closest: its boxes overlap in every row, with medians of 38.05 and
# > 38.44 semitones in anger, though of 33.64 and 26.91 in sadness. Loudness lies apart in every row: the
# > highest English median, 0.29 in anger, does not reach the lowest German one, 0.74 in sadness.

# %% [markdown]
# ## How much is emotion, how much is language?
#
# We want one number for each feature: the **[share of variance](../docs/glossary.md#share-of-variance)** that lies between groups $g$. It is 0 if
# all groups have the same mean, and 1 if there is no variance within the groups. But a language that moves a
# feature far takes most of the variance, and leaves little for emotion to explain. So we measure each *within*
# the other: between emotions $g$ within a language $w$, and between languages $g$ within an emotion $w$. With
# $\bar x_{wg}$ for the mean of group $g$ in $w$:
#
# $$\eta^2 = \frac{\sum_w \sum_g n_{wg} (\bar x_{wg} - \bar x_w)^2}{\sum_w \sum_{i \in w} (x_i - \bar x_w)^2}.$$


# %%
def eta_squared(x: np.ndarray, groups: pd.Series, within: pd.Series) -> np.ndarray:
    """Share of the variance of each column of x, shape (n, d), that lies between groups."""
    x, groups, within = pd.DataFrame(x), groups.to_numpy(), within.to_numpy()
    mean_within = x.groupby(within).transform("mean")
    between = x.groupby([within, groups]).transform("mean") - mean_within
    return ((between**2).sum() / ((x - mean_within) ** 2).sum()).to_numpy()


names = extracted[next(iter(languages))].names
x, groups, language = shared[names].to_numpy(float), shared[by], shared["language"]
explained = pd.DataFrame(
    {
        "emotion": eta_squared(x, groups, within=language),
        "language": eta_squared(x, language, within=groups),
    },
    index=names,
).dropna()  # features that never vary
figures.show(
    figures.variance_explained(explained, explained.idxmax()),
    "Each dot is one of the 88 functionals: the variance within a language that emotion explains against "
    "that within an emotion that language explains. Below the dashed line language explains more.",
)

# %%
below = (explained["language"] > explained["emotion"]).mean()
print(f"{100 * below:.0f} % of the features vary more with the language than with the emotion.")
print("Mean η²: emotion {emotion:.2f}, language {language:.2f}".format(**explained.mean()))
explained.sort_values("language", ascending=False).head(8).round(2)

# %% [markdown]
# **What you saw.** The further right a feature lies, the better it tells the corpora apart; the further up, the
# better it tells the emotions. "Language" here means all that goes with it: phonetics, speakers, the room, the
# microphone, how the files were cut. With one corpus per language nobody can separate these, and neither can a
# language classifier.
#
# > **On RAVDESS -> EMO-DB.** 44 % of the features vary more with the language. All of the
# > features furthest right follow the loudness, or the lengths of pauses (unvoiced segments). Both can
# > come from the recording as well as from the language.

# %% [markdown]
# ## Is it the language?
#
# Part of the difference is neither language nor voice: the level of a recording, the silence around the speech,
# the noise behind it. We give a classifier one such measure and nothing else, and let it learn from some speakers.
# How many recordings of *other* speakers does it assign to the right corpus? 50 % is guessing.
#
# > **Predict.** Which measure tells the two corpora apart best, and in how many of a hundred recordings?
# > And if you cut the silence off both ends, and scale each recording to the same peak: how much of the
# > distance between the two corpora is gone: a tenth, a third, nearly all?

# %% [markdown] tags=["answer"]
# Be ready for a subtle cue as the answer. The trivial ones suffice: level, noise floor, and silence at
# the beginning each tell the corpora apart nearly without error where two teams recorded them. Cutting
# and scaling removes most of the distance between real corpora that were recorded in two ways. Be ready
# for "a third", and for far fewer than nearly all recordings.

# %%
checked = [audit.check(name, progress=False) for name in (source_name, target_name)]
trivial = audit.compare(*checked).sections()["between"].set_index("measure")
trivial.assign(**{"told apart": trivial["told apart"].map("{:.0%}".format)})


# %%
def level(samples: np.ndarray) -> np.ndarray:
    """Cut off what is 30 dB below the peak at both ends, and scale the rest to a peak of 1."""
    peak = np.abs(samples).max()
    loud = np.flatnonzero(np.abs(samples) > peak * 10 ** (-30 / 20))
    return samples[loud[0] : loud[-1] + 1] / peak


def distance(pair: domains.Pair) -> pd.Series:
    """Distance of the medians of source and target, in standard deviations, feature by feature."""
    medians = [np.median(part.features, axis=0) for part in (pair.source, pair.evaluation)]
    return pd.Series(np.abs(medians[0] - medians[1]).astype(float), names)


few = {name: rows.sample(min(100, len(rows)), random_state=0) for name, rows in languages.items()}
prepared = {"as recorded": [features.extract(rows) for rows in few.values()], "levelled": []}
for rows in few.values():
    levelled = [level(audio.read(path)) for path in rows["path"]]
    values = np.stack([features.compute(samples, "egemaps") for samples in levelled])
    rows = rows.reset_index(drop=True)
    prepared["levelled"].append(features.Features("egemaps", values, None, names, rows))

pairs = {name: domains.pair(*sides, task=TASK, clip=None) for name, sides in prepared.items()}
distances = pd.DataFrame({name: distance(pair) for name, pair in pairs.items()})
print(distances.mean().round(2).to_string())
distances.nlargest(8, "as recorded").round(2)

# %% [markdown]
# **What you saw.** The first table has the median of each measure in each corpus, and the share of
# recordings that the measure assigns to the right one. Apart from the length of sentences, none of these measures
# is a property of a language. A language classifier meets them all the same. (`python -m ser_utils check`
# with the names of two corpora prints this table. With one name it tells what would spoil a result.)
#
# The two numbers below are mean distances over all features, before and after cutting and scaling; the second
# table has the features that lay furthest apart. Cutting and scaling removes no language. So the part of the
# distance that is gone was never language. This is the cheapest adaptation there is: it needs no label
# and no other recording. And it is a reason to ask what a "language classifier" hears. We go on with the recordings
# as they are, so that the methods have a shift to fight.
#
# > **On RAVDESS -> EMO-DB.** Noise floor and leading silence each assign 97 % of the recordings, level 95 %.
# > English speech lies at -36.7 dB and begins after 0.99 s, German at -17.2 dB after 0.08 s. Cutting and
# > scaling brings the mean distance from 2.34 down to 0.33 standard deviations: most of what looked like
# > English and German is level and silence.

# %% [markdown]
# ## Normalisation is a choice, and already a kind of adaptation
#
# A network learns badly if one input is in the thousands and another in hundredths. **[Normalisation](../docs/glossary.md#normalisation)** mends
# that: it subtracts a mean from each feature and divides by a standard deviation. But whose?
#
# - `source`: both domains by the mean and deviation of the source. The shift stays visible: the honest baseline.
# - `dataset`: each corpus by its own. Means and deviations now agree *by construction*. So this is already
#   unsupervised adaptation, of the simplest kind.
# - `speaker`: each speaker by their own.
#
# A gain under one of them says little about another. So every table in this series says which it is.

# %%
points = {}
for normalise in domains.NORMALISATIONS:
    pair = domains.pair(*extracted.values(), task=TASK, normalise=normalise)
    x = np.concatenate([pair.source.features, pair.evaluation.features])
    points[f"{normalise} normalisation"] = PCA(2).fit_transform(x)

figures.show(
    figures.embedding(points, pair),
    "The utterances on the first two principal components of the 88 functionals, under each "
    "normalisation: above coloured by language, below by emotion.",
)

# %%
scores = {}
classifier = LogisticRegression(C=0.1, max_iter=2000, class_weight="balanced")
for name, sides in prepared.items():
    for normalise in ("source", "dataset"):
        pair = domains.pair(*sides, task=TASK, normalise=normalise)
        predicted = classifier.fit(pair.source.features, pair.source.labels).predict(
            pair.evaluation.features
        )
        scores[name, normalise] = {
            "distance of the medians": distance(pair).mean(),
            "recall (%)": 100 * metrics.uar(pair.evaluation.labels, predicted),
        }
pd.DataFrame(scores).T.round(2)

# %% [markdown]
# **What you saw.** `dataset` moves the centres of the languages together. But two **[principal components](../docs/glossary.md#principal-components)** of 88
# dimensions are a shadow, not a proof: clouds that look mixed may still be separable. Notebook 4 asks a
# classifier instead of the eye.
#
# In the table both cheap adaptations compete: levelling (rows) and normalisation by dataset. A plain classifier
# learned from the few utterances of the source above. The last column is the mean of its recalls of the two
# classes of the target; 50 % is guessing. With so few utterances, only large differences mean something.
# (Distances are smaller than above, because inputs are now clipped; see notebook 2.)
#
# > **On RAVDESS -> EMO-DB.** As recorded, the plain classifier is at 50.00 % under `source` and at
# > 61.20 % under `dataset` normalisation. Levelled, it is at 77.29 % without any statistics of the target.
# > So read every gain on this pair with care: part of it undoes what a microphone did.

# %% [markdown]
# ### Exercise 2: shares that differ (10 minutes)
#
# A corpus with many excited utterances has a high mean for that reason alone, and whoever subtracts it
# subtracts some of the emotion. Write the normalisation by groups (corpora or speakers) that is immune
# to it: subtract a mean, and divide by a standard deviation around it, in both of which the two classes
# count one half, however many utterances of each a group has. Every group has both.
#
# Then say whether one could use it on the target.


# %%
def standardise(x: np.ndarray, groups: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Standardise the rows of x, shape (n, d), group by group; classes are 0 or 1, shape (n,)."""
    # your code here


exercises.check_standardise(standardise)

# %% [markdown] tags=["hint"]
# `np.average` takes weights. What has an utterance to weigh, so that the weights of each class add up
# to the same?


# %% tags=["solution"]
def standardise(x, groups, classes):
    out = np.empty_like(x)
    for group in np.unique(groups):
        rows = groups == group
        weights = 1 / np.bincount(classes[rows])[classes[rows]]
        mean = np.average(x[rows], axis=0, weights=weights)
        variance = np.average((x[rows] - mean) ** 2, axis=0, weights=weights)
        out[rows] = (x[rows] - mean) / np.sqrt(variance)
    return out


exercises.check_standardise(standardise)

# %% [markdown] tags=["solution"]
# On the target one cannot: it takes labels. For the target, `dataset` and `speaker` normalisation remain.
# Where the shares of the classes differ, both make means agree that should differ. Under `source`
# normalisation the mean of the target is not zero, and must not be: the difference is the shift that
# the next notebooks fight.

# %% [markdown]
# > **Open question.** A colleague offers you a corpus of a third language, recorded on telephones, in
# > which each actor plays one emotion only. What would you measure before you trained anything, and
# > what would make you say no?

# %% [markdown] tags=["answer"]
# There is no single answer. A good one looks at level, noise and silence before features; sees that
# with one emotion per actor, speaker and emotion cannot be told apart, so that no split by speakers can
# test anything; asks which scheme the labels fit; and states what would be too bad *before* looking. A
# very good one says what the corpus might still serve for, for instance as an unlabelled target.

# %% [markdown]
# ## Summary
#
# - Emotion and language share the same features: the language moves the features that express the emotion.
# - Part of what tells two corpora apart is level and silence, not language.
# - Binary arousal and valence make corpora comparable. The price is a set of decisions, which have names here.
# - Normalisation by the target's own statistics is adaptation. We keep it apart from the method.
# - Before you adapt, listen: the cheapest adaptation may be to treat all recordings alike.
#
# **Limits.** Acted speech exaggerates. One corpus per language confounds language with recording. Where
# not every speaker says every sentence in every emotion, part of an "emotion" may be words or speakers.
# Levelling also removes what loudness tells of emotion within a corpus.
#
# **Further reading.** Eyben et al. 2016, *The Geneva Minimalistic Acoustic Parameter Set (GeMAPS)*,
# IEEE Trans. Affective Computing 7(2). Banse & Scherer 1996, *Acoustic profiles in vocal emotion
# expression*, JPSP 70(3). Russell 1980, *A circumplex model of affect*, JPSP 39(6). Schuller et al.
# 2010, *Cross-corpus acoustic emotion recognition*, IEEE Trans. Affective Computing 1(2).
#
# **Next**: [02_baseline](02_baseline.ipynb) trains on one language and is tested on the other.
#
# ## Quiz
#
# Click on an answer to read what we say to it.

# %%
quiz.ask("01_features")
