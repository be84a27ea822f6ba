# %% [markdown]
# # 1 · From speech to features
#
# **You will be able to**
# - hear and see what the same emotion has in common in two languages, and what it has not;
# - turn emotion categories into binary *arousal* and *valence*, and say what was decided on the way;
# - extract the 88 functionals of eGeMAPS and log-mel spectrograms;
# - measure how much of a feature is emotion and how much is language, and see why a classifier
#   trained on one language meets a *domain shift* in the other.
#
# **Prerequisites**: Python, NumPy, what a spectrogram is. \
# **Time**: about 1 minute on 2 CPU cores, once the corpora are on disk; more the first time, while
# features are extracted. \
# **Data**: a source and a target corpus of acted emotional speech, chosen below. \
# **Next**: [02_baseline](02_baseline.ipynb)

# %%
import numpy as np
import pandas as pd
import soundfile
from sklearn.decomposition import PCA

from ser_utils import audio, datasets, domains, features, figures, labels, widgets
from ser_utils.lessons import choice, exercises

# %% [markdown]
# The next cell is the only one to change if you want another pair of languages. `"auto"` takes two
# real corpora where they are on this machine, and synthetic speech where they are not.

# %% tags=["parameters"]
SOURCE = "auto"
TARGET = "auto"
TASK = "arousal"

# %%
source_name, target_name = choice.corpora(SOURCE, TARGET)
source, target = datasets.load(source_name), datasets.load(target_name)
both = pd.concat([source, target], ignore_index=True)

pd.crosstab(both["dataset"], both["emotion"], margins=True, margins_name="all")

# %% [markdown]
# A corpus is a table with one row per utterance. Whatever the corpus, the columns are the same.

# %%
source.drop(columns="path").groupby("emotion").head(1)

# %%
seconds = both["path"].map(lambda path: soundfile.info(path).duration)
durations = seconds.groupby(both["dataset"], sort=False).describe()[["min", "50%", "max"]]
for name in durations.index[durations["min"] == durations["max"]]:
    print(f"Beware: every file of {name} has the same length. Somebody cut or padded them.")
durations.round(2).rename_axis("duration (s)")

# %% [markdown]
# ## Hear the shift
#
# We take an excited and a quiet emotion that both corpora have, or else the liveliest and the calmest
# that each has, and one utterance of each in each language, by a woman where there is one.
#
# > **Predict.** Before you listen: would you recognise the emotion in a language that you do not
# > speak? What in the voice would tell you: how high it is, how fast, how loud, its timbre? And what
# > would tell you the *corpus*, even if all words were cut out?


# %%
def example(table: pd.DataFrame, emotion: str) -> np.ndarray:
    """Return the samples of the first utterance of `emotion`, by a woman where there is one."""
    rows = table[table["emotion"] == emotion]
    women = rows[rows["gender"] == "female"]
    return audio.read((rows if women.empty else women)["path"].iloc[0])


languages = {
    f"{figures.language_name(table['language'].iloc[0])} ({name})": table
    for name, table in {source_name: source, target_name: target}.items()
}
excited, quiet = (
    {
        f"{name}, {emotion}": example(table, emotion)
        for (name, table), emotion in zip(languages.items(), emotions, strict=True)
    }
    for emotions in (choice.liveliest(source, target), choice.calmest(source, target))
)

widgets.players(excited | quiet)

# %%
figures.show(
    figures.utterances(excited),
    f"An excited utterance in each language ({'; '.join(excited)}): waveform, log-mel spectrogram, "
    "pitch contour and energy over time.",
)

# %%
figures.show(
    figures.utterances(quiet),
    f"The same for a quiet utterance ({'; '.join(quiet)}): compare the height and the movement of the "
    "pitch, and the energy, with the excited one above.",
)

# %% [markdown]
# **What to look for.** Against neutral speech, anger tends to raise the pitch, widen its range and
# lift the energy (Banse & Scherer 1996). Now look at what differs between the *columns* although the
# emotion is the same: the speaker, the noise between words, the overall level, how far up the spectrum
# goes, the silence at the start and the end. A network is free to use all of that too.

# %% [markdown]
# ## From emotions to arousal and valence
#
# Corpora differ in the emotions they have, so the paper, like most cross-corpus work, folds them into
# two binary tasks:
#
# - **arousal**: is the speaker excited (high) or quiet (low)?
# - **valence**: is the feeling pleasant (positive) or unpleasant (negative)?
#
# Which emotion goes where is a *decision*, and papers decide differently. Disgust is the contested
# one on the arousal axis. Here every decision is a named scheme.

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
balance = pd.concat(
    {name: labels.balance(table, TASK) for name, table in languages.items()},
    names=["language", "scheme"],
)
figures.show(
    figures.class_balance(balance),
    f"Share of the two classes of {TASK} that each labelling scheme gives in either corpus. Shares "
    "that differ between the languages are a shift of their own, which alignment can make worse.",
)

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

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def arousal_without_disgust(table):
#     high = ["anger", "fear", "happiness", "surprise"]
#     labelled = table["emotion"].isin(high).astype(float)
#     return labelled.where(table["emotion"] != "disgust")
#
# exercises.check_arousal(arousal_without_disgust)
# ```
#
# `where` keeps a value where the condition holds and puts NaN elsewhere. NaN, and not a third class:
# a row that was forgotten then fails loudly instead of being trained on.
# </details>

# %% [markdown]
# ## Two kinds of features
#
# **eGeMAPS** (Eyben et al. 2016) describes a whole utterance by 88 *functionals*: means, deviations,
# percentiles and slopes of pitch, loudness, formants, spectral balance and voice quality. Each utterance
# becomes one vector $x \in \mathbb{R}^{88}$. A small perceptron can read it, and each entry has a name.
#
# **Log-mel** keeps time: the energy in 64 bands of the mel scale every 10 ms, a matrix of 64 rows and
# as many columns as the utterance is long. It is what the small CNN of this package reads.
#
# Both are extracted on all cores and kept in a cache, so the second run of this notebook is fast.

# %%
extracted = {name: features.extract(table, "egemaps") for name, table in languages.items()}
for name, these in extracted.items():
    print(f"{name}: {these.values.shape[0]} utterances, {these.values.shape[1]} functionals")

one = features.extract(source.head(1), "logmel")
print(f"Log-mel of the first utterance: {one.values.shape[1]} bands, {one.lengths[0]} frames")

# %%
table = pd.concat(
    [
        these.table.assign(language=name).join(pd.DataFrame(these.values, columns=these.names))
        for name, these in extracted.items()
    ],
    ignore_index=True,
)
shown = {
    "F0semitoneFrom27.5Hz_sma3nz_amean": "mean pitch (semitones)",
    "loudness_sma3_amean": "mean loudness",
    "hammarbergIndexV_sma3nz_amean": "Hammarberg index (dB)",
}
table[["language", "emotion", *shown]].rename(columns=shown).groupby("language").head(2)

# %% [markdown]
# > **Predict.** In the next figure each box is an emotion, each colour a language. If emotion were all
# > that mattered, the two boxes of a row would lie on each other. Which of the three features will come
# > closest to that: pitch, loudness, or the Hammarberg index (how much stronger the strongest peak
# > below 2 kHz is than the strongest between 2 and 5 kHz)? Which will be moved most by the recording?

# %%
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

# %% [markdown]
# ## How much is emotion, how much is language?
#
# A number for each feature: the share of its variance that lies between groups,
#
# $$\eta^2 = \frac{\sum_g n_g (\bar x_g - \bar x)^2}{\sum_i (x_i - \bar x)^2},$$
#
# once with the emotions as groups and once with the languages.


# %%
def eta_squared(x: np.ndarray, groups: pd.Series) -> np.ndarray:
    """Share of the variance of each column of x, shape (n, d), that lies between groups."""
    deviation = pd.DataFrame(x - x.mean(axis=0))
    between = deviation.groupby(groups.to_numpy()).transform("mean")
    return ((between**2).sum() / (deviation**2).sum()).to_numpy()


names = extracted[next(iter(languages))].names
x = shared[names].to_numpy(float)
explained = pd.DataFrame(
    {"emotion": eta_squared(x, shared[by]), "language": eta_squared(x, shared["language"])},
    index=names,
).dropna()  # features that never vary
top = [explained["language"].idxmax(), explained["emotion"].idxmax()]
figures.show(
    figures.variance_explained(explained, top),
    "Each dot is one of the 88 functionals: the variance explained by emotion against that "
    "explained by language. Dots below the dashed line tell the language better than the emotion.",
)

# %%
below = (explained["language"] > explained["emotion"]).mean()
print(f"{100 * below:.0f} % of the features vary more with the language than with the emotion.")
print(
    f"Mean η²: emotion {explained['emotion'].mean():.2f}, language {explained['language'].mean():.2f}"
)
explained.sort_values("language", ascending=False).head(8).round(2)

# %% [markdown]
# The further right a feature lies, the better it tells the corpora apart. "Language" here means
# everything that goes with it: phonetics, speakers, the room, the microphone, how the files were cut.
# An experiment with one corpus a language cannot separate them, and neither can a language classifier.

# %% [markdown]
# ## Normalisation is a choice, and already a kind of adaptation
#
# Networks want inputs of similar scale. Whose mean and deviation?
#
# - `source`: the source's, for both domains. The shift stays visible: the honest baseline.
# - `dataset`: each corpus by its own. Means and deviations now agree *by construction*, so this
#   already is unsupervised adaptation, of the simplest kind.
# - `speaker`: each speaker by their own.
#
# A gain measured under one of them says little about another, so every table in this series says
# which it is.

# %% [markdown]
# A few functionals are ratios whose denominator can come close to zero (all that end in `stddevNorm`
# divide by a mean). Such a value may lie very far from all others; the picture, and only the
# picture, clips at ten.

# %%
points, shift = {}, {}
for normalise in domains.NORMALISATIONS:
    pair = domains.pair(*extracted.values(), task=TASK, normalise=normalise)
    x = np.concatenate([pair.source.features, pair.evaluation.features])
    points[f"{normalise} normalisation"] = PCA(2).fit_transform(x.clip(-10, 10))
    medians = [np.median(part.features, axis=0) for part in (pair.source, pair.evaluation)]
    shift[normalise] = np.abs(medians[0] - medians[1]).mean()

figures.show(
    figures.embedding(points, pair),
    "The utterances on the first two principal components of the 88 functionals, under each "
    "normalisation: above coloured by language, below by emotion.",
)

# %%
pd.Series(shift, name="mean distance of the domains' medians (deviations)").round(3).to_frame()

# %% [markdown]
# Whatever distance `source` leaves between the languages, `dataset` moves their centres together. Two
# components of 88 dimensions are a shadow, not a proof: what looks mixed here may still be separable.
# Notebook 4 asks a classifier instead of the eye.

# %% [markdown]
# ### Exercise 2: standardise by the source
#
# Write the normalisation that the baseline uses: subtract the mean of the reference's columns and
# divide by their standard deviation.


# %%
def standardise(x: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Standardise x, shape (n, d), by the columns of reference, shape (m, d)."""
    # your code here


exercises.check_standardise(standardise)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def standardise(x, reference):
#     return (x - reference.mean(axis=0)) / reference.std(axis=0)
#
# exercises.check_standardise(standardise)
# ```
#
# The target does not come to mean zero by this, and must not: that difference is the shift that the
# next notebooks fight.
# </details>

# %% [markdown]
# ## Summary
#
# - Emotion and language share the same features: what expresses the one is moved by the other.
# - Binary arousal and valence make corpora comparable, at the price of decisions that have names here.
# - Normalisation by the target's own statistics is adaptation. We keep it apart from the method.
#
# **Limits.** Acted speech exaggerates. One corpus a language confounds language with recording.
# Sentence, speaker and emotion are crossed neatly here and nowhere else.
#
# **Further reading.** Eyben et al. 2016, *The Geneva Minimalistic Acoustic Parameter Set (GeMAPS)*,
# IEEE Trans. Affective Computing 7(2). Banse & Scherer 1996, *Acoustic profiles in vocal emotion
# expression*, JPSP 70(3). Russell 1980, *A circumplex model of affect*, JPSP 39(6). Schuller et al.
# 2010, *Cross-corpus acoustic emotion recognition*, IEEE Trans. Affective Computing 1(2).
#
# **Next**: [02_baseline](02_baseline.ipynb) trains on one language and is tested on the other.
