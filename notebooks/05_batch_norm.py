# %% [markdown]
# # 5 · Batch normalisation: which utterances share statistics?
#
# **You will be able to**
# - say what batch normalisation computes, in training and at evaluation, and check it by hand;
# - name the ways of composing a batch of two domains, and see what each does to a unit;
# - explain when a composition leaves the domains apart, and when it hides a shift from the adversary;
# - tell how much of a gain is due to the adversary, and how much to statistics of the target.
#
# **Prerequisites**: [04_dann](04_dann.ipynb). \
# **Time**: about 2 minutes on 2 CPU cores. \
# **Data**: the pair of notebook 1; two moons; stored results of three corpora. \
# **Next**: [06_embeddings](06_embeddings.ipynb)

# %%
import numpy as np
import pandas as pd
import torch

from ser_utils import alignment, domains, features, figures, files, metrics, models
from ser_utils import training, widgets
from ser_utils import batch_norm as bn
from ser_utils.experiments import resampling, result_rows, summary
from ser_utils.lessons import choice, exercises, two_moons

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
languages = figures.domain_names(pair)
print(pair)

# %% [markdown]
# ## What batch normalisation computes
#
# For each unit, over the $m$ rows of a batch (Ioffe & Szegedy 2015):
#
# $$\hat h = \frac{h - \mu}{\sqrt{\sigma^2 + \epsilon}}, \qquad y = \gamma \hat h + \beta,
# \qquad \mu = \frac 1 m \sum_i h_i, \quad \sigma^2 = \frac 1 m \sum_i (h_i - \mu)^2.$$
#
# In training, $\mu$ and $\sigma^2$ are those *of the batch*: the output of an utterance depends on who
# shares its batch. At evaluation they are **running** estimates, moved a little (`momentum`) by each
# training batch:
#
# $$\mu_{\text{run}} \leftarrow (1 - a)\, \mu_{\text{run}} + a\, \mu .$$
#
# By hand, on one unit of a trained network:

# %%
trained = training.fit(models.mlp(pair, batch_norm="source"), pair, seed=0)
linear, norm = trained.model.encoder.linears[0], trained.model.encoder.norms[0]
with torch.no_grad():
    h_source = linear(torch.from_numpy(pair.source.features))
    h_target = linear(torch.from_numpy(pair.target.features))
shift = (h_target.median(dim=0).values - h_source.median(dim=0).values) / h_source.std(dim=0)
unit = int(shift.abs().argmax())  # the one that the change of language moves most
gamma, beta = norm.weight[unit].item(), norm.bias[unit].item()

rows = torch.arange(min(64, len(h_source)))  # a batch of the source
h = h_source[rows, unit]
mu, sigma2 = h.mean(), h.var(correction=0)
y = gamma * (h - mu) / torch.sqrt(sigma2 + norm.eps) + beta
print(f"unit {unit}: mean {mu:.2f}, variance {sigma2:.2f} in this batch")

norm.train()
by_layer = norm(h_source[rows])[:, unit]
norm.eval()
print("as the layer?", torch.allclose(y, by_layer, atol=1e-5))

# %% [markdown]
# That last call moved the running mean a little, too: a layer in training mode remembers every batch.
#
# ## The same unit on two languages
#
# This is the unit that the change of language moves most, before normalisation:

# %%
before = {"before normalisation": (h_source[:, unit].numpy(), h_target[:, unit].numpy())}
figures.show(
    figures.activations(before, languages),
    "Histograms of one unit's activations on the source and on the target, before normalisation; "
    "vertical lines mark the means.",
)
print(f"The medians lie {shift[unit].abs():.1f} standard deviations of the source apart.")

# %% [markdown]
# A DANN passes source and target rows through the same layer. So the question that Cai et al. (2021)
# raise: *whose* mean and variance? Libraries for domain adaptation each hard-wire one answer; here it is
# a named argument, and the answers are a table:

# %%
columns = ["source rows by", "target rows by", "running statistics from", "one estimate per domain"]
compositions = {
    name: (rule.source, rule.target, ", then ".join(rule.running), rule.per_domain)
    for name, rule in bn.COMPOSITIONS.items()
}
pd.DataFrame.from_dict(compositions, orient="index", columns=columns)

# %% [markdown]
# Besides, `none` leaves out normalisation, and `layer` is the control: layer normalisation divides each
# utterance by its *own* deviation over units, so that nobody influences anybody.
#
# > **Predict.** The two histograms above go through each composition. Which ones bring them together?
# > Which one leaves their distance, but changes the scale? What will `target` do to the *source*?


# %%
def normalised(composition: str) -> tuple[np.ndarray, np.ndarray]:
    """Activations of the unit, as each domain gets them in training, all rows as one batch."""
    layer = bn.layer(composition, h_source.shape[1]).train()
    with torch.no_grad():
        y = layer(torch.cat([h_source, h_target]), len(h_source))
    return y[: len(h_source), unit].numpy(), y[len(h_source) :, unit].numpy()


after = {name: normalised(name) for name in bn.NAMES if name != "none"}
figures.show(
    figures.activations(before | after, languages),
    "The unit before normalisation and after each composition, in training: source, target, joint, "
    "separate, domain, and layer normalisation.",
)

# %% [markdown]
# **Explain.** `separate` and `domain` give both languages mean 0 and variance 1: as far as the first
# two moments go, the shift is gone before any adversary has seen it. `source`, `target` and `joint` use
# one mean for both, so the distance of the means stays and is only measured in another unit. `separate`
# and `domain` look the same here; they part at evaluation: `separate` keeps one running estimate, which
# source and target pull to and fro, and `domain` keeps one for each.
#
# ### Exercise 1: write `separate`
#
# Normalise each domain by its own batch statistics (no $\gamma$ and $\beta$ here, $\epsilon = 10^{-5}$),
# and move the running mean by both in turn, source first.


# %%
def separate(source, target, running_mean, momentum):
    """Return the normalised source rows, the normalised target rows, and the new running mean."""
    # your code here


exercises.check_separate(separate)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def separate(source, target, running_mean, momentum):
#     out = []
#     for rows in (source, target):
#         mean, var = rows.mean(axis=0), rows.var(axis=0)
#         out.append((rows - mean) / np.sqrt(var + 1e-5))
#         running_mean = (1 - momentum) * running_mean + momentum * mean
#     return *out, running_mean
#
# exercises.check_separate(separate)
# ```
# </details>
#
# ### Exercise 2: three to one
#
# Under `joint`, a batch holds three source rows for each target row. To which mean and variance do the
# running statistics converge? Write them in terms of the moments of the two domains. (First guess: is it
# the mean of the two variances?)


# %%
def joint_three_to_one(mean_source, var_source, mean_target, var_target):
    """Return mean and variance of all rows, three of the source for each of the target."""
    # your code here


exercises.check_joint_running(joint_three_to_one)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def joint_three_to_one(mean_source, var_source, mean_target, var_target):
#     mean = 0.75 * mean_source + 0.25 * mean_target
#     within = 0.75 * var_source + 0.25 * var_target
#     between = 0.75 * 0.25 * (mean_source - mean_target) ** 2
#     return mean, within + between
#
# exercises.check_joint_running(joint_three_to_one)
# ```
#
# The further apart the domains are, the larger the variance, and the smaller what is left of the
# differences *within* a domain after the division.
# </details>
#
# ## Two moons: a shift that is hidden, and comes back
#
# The target is the source, moved. One normalisation, applied to the points themselves:

# %%
moons = two_moons.pair(degrees=0, shift=(1.0, 0.6))
points = torch.from_numpy(np.concatenate([moons.source.features, moons.target.features]))
panels = {"before": points.numpy()}
with torch.no_grad():
    for name in ("joint", "separate"):
        layer = bn.layer(name, 2)
        for _ in range(50):  # the running statistics settle
            panels[f"{name}, in training"] = layer(points, len(moons.source)).numpy()
        panels[f"{name}, at evaluation"] = layer.eval()(points).numpy()
figures.show(
    figures.point_clouds(panels, moons),
    "Two moons and the same moons moved, before normalisation, and after joint and separate batch "
    "normalisation, in training and at evaluation.",
)

# %% [markdown]
# `joint` scales and centres both together: the domains stay apart, in training and after. `separate`
# lays them on top of each other *in training*. The language classifier of a DANN then finds nothing to
# tell them apart by, so nothing is reversed, while the shift is still in the data. At evaluation
# one running estimate serves both, and the shift is back.
#
# > **Predict.** The target moves away. Under which composition will the classifier survive the move? And
# > under which one after the target's own statistics replace the running ones?

# %%
moon_settings = {"epochs": 60, "learning_rate": 0.01, "weight_decay": 0.0, "held_out": 0.0}
scores, domain_accuracy = {}, {}
for name in ("none", "joint", "separate", "domain"):
    plain = models.mlp(2, batch_norm=name, widths=(32, 32), dropout=0.0)
    for system, align in (("baseline", None), ("DANN", alignment.DomainAdversary())):
        run = training.fit(plain, moons, align=align, seed=0, **moon_settings)
        for statistics in bn.STATISTICS:
            guess = run.with_statistics(statistics, moons.target).predict(moons.evaluation)
            scores[name, (system, statistics)] = metrics.uar(moons.evaluation.labels, guess)
    domain_accuracy[name] = run.history["domain_accuracy"].iloc[-1]
uar = 100 * pd.Series(scores).unstack().loc[list(domain_accuracy)]
uar = uar[[(system, kind) for kind in bn.STATISTICS for system in ("baseline", "DANN")]]
uar.columns = [f"{system}, {kind} statistics" for system, kind in uar.columns]
uar.assign(**{"adversary's accuracy": 100 * pd.Series(domain_accuracy)}).round(0)

# %% [markdown]
# **Explain.** Read the last column first: where it is near 50, the adversary had nothing to do. Then the
# first two: what the network makes of the target with the statistics it has kept. `domain` keeps a
# mean for the target and needs no adversary for a mere move. The last step is **AdaBN** (Li et al. 2018):
# after training, re-estimate the statistics of every layer on the unlabelled target,
# `run.with_statistics("target", pair.target)`. It repairs what `separate` had hidden. But mind the
# limits: two numbers per unit undo a move, and do not turn a moon back (notebook 3).
#
# ## The ablation on speech
#
# Every composition, without and with DANN, several seeds, evaluated by running statistics and by those
# of the target. Normalisation of the *features* stays that of the source.

# %%
SEEDS = 3
runs, rows = {}, []
test = pair.evaluation
for name in bn.NAMES:
    model = models.mlp(pair, batch_norm=name)
    for system, align in (("baseline", None), ("DANN", alignment.DomainAdversary())):
        runs[name, system] = [training.fit(model, pair, align=align, seed=s) for s in range(SEEDS)]
        for run in runs[name, system]:
            for statistics in bn.STATISTICS:
                guess = run.with_statistics(statistics, pair.target).predict(test)
                rows.append((name, statistics, system, metrics.uar(test.labels, guess)))
ablation = pd.DataFrame(rows, columns=["batch norm", "statistics", "system", "UAR"])
ablation = ablation.pivot_table("UAR", "batch norm", ["statistics", "system"], sort=False)

# %%
figures.show(
    figures.results.ablation(ablation),
    "Heat maps: target UAR by composition and statistics for baseline and DANN, and the gain of DANN "
    f"over the same composition without it; means over {SEEDS} seeds.",
)

# %% [markdown]
# One pair and few seeds: enough to see the range, too little to rank. (`none` and `layer` have no batch
# statistics, so both kinds of evaluation are one.) The unit of the same number, which began from the
# same weights in all of these networks, at evaluation:


# %%
def at_evaluation(run: training.Trained) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Activations of the unit on both domains, by running statistics and by the target's."""
    adapted = run.with_statistics("target", pair.target)
    found = {}
    for title, on_target in (("running statistics", run), ("target statistics", adapted)):
        found[title] = []
        for part, model in ((pair.source, run.model), (test, on_target.model)):
            linear, norm = model.encoder.linears[0], model.encoder.norms[0]
            with torch.no_grad():
                n_source = 0 if part.role == "target" else len(part)
                y = norm(linear(torch.from_numpy(part.features)), n_source)
            found[title].append(y[:, unit].numpy())
    return found


stepping = {key: at_evaluation(of_seeds[0]) for key, of_seeds in runs.items()}
figures.show(
    figures.activations(
        {f"{n}, baseline": stepping[n, "baseline"]["running statistics"] for n in bn.NAMES},
        languages,
    ),
    "The unit in networks trained under each composition, at evaluation by running statistics.",
)

# %%
widgets.composition_stepper(stepping, languages)

# %% [markdown]
# ## On three corpora: is batch norm beneficial to DANN?
#
# The same for all ordered pairs of RAVDESS, EMO-DB and EMOVO, both tasks, two normalisations of the
# features and five seeds, was trained by one command, `make batch-norm`, which streams into
# `results/batch_norm.csv`. Below, an interval resamples target speakers and seeds; `_pairs` resamples
# the pairs of corpora, too, which says more about other corpora than these.

# %%
results = result_rows.read(files.in_checkout("results", "batch_norm.csv"))
table = summary.table(results)
of_task = table[(table["task"] == TASK) & (table["source"] == summary.MEAN)]
figures.show(
    figures.results.composition_heat_maps(table[table["task"] == TASK]),
    f"Heat maps for {TASK}: target UAR by composition, statistics and system, and the gain of DANN, "
    "under source and under dataset normalisation of the features.",
)

# %%
beneficial = of_task[(of_task["normalise"] == "source") & (of_task["batch_norm"] != "none")]
columns = ["batch_norm_gain" + end for end in ("", "_low", "_high", "_low_pairs", "_high_pairs")]
shown = beneficial.set_index(["batch_norm", "statistics"])[["dann", *columns]]
(100 * shown).round(1)

# %% [markdown]
# `dann` is the target UAR of DANN under that composition; `batch_norm_gain` is how much that is more than
# DANN *without* batch norm, in points. Now in words:

# %%
both = table[(table["source"] == summary.MEAN) & (table["normalise"] == "source")]
both = both[~both["batch_norm"].isin(["none", "layer"])]
for task, rows in both.groupby("task", sort=False):
    print(f"{task if task != summary.MEAN else 'mean over both tasks'}:")
    for row in rows.to_dict("records"):
        gain = metrics.Estimate(*(row["batch_norm_gain" + end] for end in ("", "_low", "_high")))
        certain = "helps" if gain.low > 0 else "hurts" if gain.high < 0 else None
        how = f"{row['batch_norm']}, {row['statistics']} statistics"
        print(f"  {how:30} {gain:+}  batch norm {certain or 'makes no certain difference'}")
helped = (both[both["task"] == summary.MEAN]["batch_norm_gain_low"] > 0).sum()
print("The paper finds batch norm beneficial to DANN. Here, over both tasks and features")
print(f"normalised by the source, it is in {helped} of {len(both) // 3} ways to apply it.")

# %% [markdown]
# ### Which combination is best?
#
# Picking the best of a table of target scores needs target labels, so what follows is named
# `oracle_best`: a description of these corpora, not a recipe, and as a maximum of many it is too high.

# %%
means = table[(table["source"] == summary.MEAN) & (table["task"] != summary.MEAN)]
long = means.melt(
    ["task", "normalise", "batch_norm", "statistics"],
    ["baseline", "dann"],
    "system",
    value_name="UAR",
)
oracle_best = long.sort_values("UAR", ascending=False).groupby("task").head(5).sort_values("task")
oracle_best.assign(UAR=(100 * oracle_best["UAR"]).round(1)).set_index("task")

# %% [markdown]
# ### What is due to the adversary?
#
# Normalising each dataset by itself uses the unlabelled target. So do AdaBN, and the running statistics
# of `joint`, `separate` and `domain`. All are adaptation, without any adversary, and nearly for free.
# A comparison that puts them on one side only credits them to the method on that side.
#
# > **Predict.** From the plain network (no batch norm, source statistics for everything), which single
# > step gains most: DANN, dataset normalisation, or AdaBN? How much is left for DANN after the others?

# %%
sampled = resampling.Resampling(results)


def score(method: str, norm: str, statistics: str, normalise: str) -> resampling.Sampled:
    """Mean target UAR over pairs and seeds, on shared bootstrap samples."""
    return sampled.score(method, TASK, batch_norm=norm, statistics=statistics, normalise=normalise)


plain = score("baseline", "none", "running", "source")
print(f"The plain network: target UAR {plain.estimate()} %, {TASK}")

# %%
steps = {
    "DANN": score("dann", "none", "running", "source"),
    "batch norm": score("baseline", "source", "running", "source"),
    "batch norm, DANN": score("dann", "source", "running", "source"),
    "batch norm, AdaBN": score("baseline", "source", "target", "source"),
    "batch norm, AdaBN, DANN": score("dann", "source", "target", "source"),
    "batch norm, dataset normalisation": score("baseline", "source", "running", "dataset"),
    "batch norm, dataset normalisation, DANN": score("dann", "source", "running", "dataset"),
    "all of them": score("dann", "source", "target", "dataset"),
}
figures.show(
    figures.intervals(
        {name: (step - plain).estimate() for name, step in steps.items()},
        f"gain in UAR over the plain network (points), {TASK}",
        zero="the plain network",
    ),
    "Gains over the plain network, with 95 % intervals, of batch norm, AdaBN, dataset normalisation "
    "and DANN, alone and together.",
)

# %%
for name in ("batch norm", "batch norm, AdaBN", "batch norm, dataset normalisation"):
    gain = (steps[name] - plain).estimate()
    added = (steps[f"{name}, DANN"] - steps[name]).estimate()
    print(f"{name}: {gain} points over the plain network; DANN adds {added}.")

# %% [markdown]
# **Explain.** Where the last number shrinks from line to line, DANN and the statistics of the target do
# the same work: both remove a shift of means and variances. Where it stays, the adversary finds
# something that two moments do not hold. An honest headline names the normalisation and the composition
# that *both* systems had.
#
# ## Summary
#
# - Batch norm has two faces: batch statistics in training, running ones at evaluation. With two domains
#   in a batch, whose they are is a choice, and it changes the result.
# - One shared mean leaves the domains apart; a mean for each hides the shift from the adversary, and one
#   running estimate for both brings it back.
# - AdaBN and dataset normalisation are adaptation. Compare a DANN with a baseline that had them, too.
#
# **Limits.** Perceptrons on functionals, three acted corpora, one set of hyper-parameters for all
# compositions; intervals over few speakers. The paper's layers and its composition of batches are
# not public to us, so its claim is set beside these numbers, not reproduced.
#
# **Further reading.** Ioffe & Szegedy 2015, *Batch normalization*, ICML. Li et al. 2018, *Adaptive batch
# normalization for practical domain adaptation*, Pattern Recognition 80. Chang et al. 2019,
# *Domain-specific batch normalization for unsupervised domain adaptation*, CVPR. Ba, Kiros & Hinton
# 2016, *Layer normalization*, arXiv 1607.06450. Cai et al. 2021, arXiv 2012.11174.
