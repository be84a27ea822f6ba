# %% [markdown]
# # 3 · The gradient reversal layer, on two moons
#
# **You will be able to**
# - explain why making domains indistinguishable can help a classifier on the target;
# - write the gradient reversal layer (GRL) from scratch and check it against autograd;
# - train a domain-adversarial network (DANN) in a few lines, and see its decision boundary move;
# - recognise how it fails: a dead domain classifier, unlucky seeds, classes that do not match.
#
# **Prerequisites**: [02_baseline](02_baseline.ipynb), the chain rule. \
# **Time**: about 1 minute on 2 CPU cores. \
# **Data**: two moons, made here. No speech in this notebook. \
# **Next**: [04_dann](04_dann.ipynb)

# %%
from dataclasses import replace

import numpy as np
import pandas as pd
import torch
from torch import nn

from ser_utils import alignment, figures, gradient_reversal, metrics, models, training, widgets
from ser_utils.lessons import exercises, two_moons

torch.set_num_threads(1)  # networks this small: threads would wait for each other

# %% [markdown]
# ## A domain shift that fits on a page
#
# The source is two interleaved half circles with labels. The target is the same figure, turned, and
# its labels are hidden from training (the first experiment of Ganin et al. 2016).
#
# > **Predict.** A small network separates the source perfectly. Sketch where its boundary will run.
# > Which points of the turned moons will it get wrong?

# %%
pair = two_moons.pair(degrees=35, seed=0)
plain = models.mlp(2, batch_norm="none", widths=(32, 32), dropout=0.0)
settings = {"epochs": 100, "learning_rate": 0.01, "weight_decay": 0.0, "held_out": 0.0}
baseline = training.fit(plain, pair, seed=0, **settings)


def target_uar(run: training.Trained, pair=pair) -> float:
    """UAR on the target of a trained model."""
    return metrics.uar(pair.evaluation.labels, run.predict(pair.evaluation))


def probability(run: training.Trained):
    """Return the map from points (n, 2) to the probability of class 1."""
    return lambda points: run.probabilities(replace(pair.target, features=points))[:, 1]


figures.show(
    figures.decision_boundary(
        pair, {f"source only: target UAR {100 * target_uar(baseline):.0f} %": probability(baseline)}
    ),
    "Two moons (filled circles, source) and the same moons turned (open triangles, target), with the "
    "regions of the source-only network: it fits the source and cuts through the turned moons.",
)

# %% [markdown]
# ## The idea
#
# Split the network into a feature extractor $f$ with weights $\theta_f$ and an emotion head. If the
# distributions of $f(x)$ for source and target were the same, a head that works on the one would meet
# nothing new on the other. How different they are can be *measured by a classifier*: train $D$ to tell
# the domain $d$ from $f(x)$. If even a good $D$ fails, little of the domain is left (this is the idea
# of the $\mathcal H$-divergence of Ben-David et al. 2010).
#
# So $D$ minimises its loss, and $f$ *maximises* it while still serving the label $y$:
#
# $$\min_{\theta_f, \theta_y} \; \mathcal L_y(\theta_f, \theta_y) - \lambda \, \mathcal L_d(\theta_f, \theta_d),
# \qquad \min_{\theta_d} \; \mathcal L_d(\theta_f, \theta_d).$$
#
# The trick of Ganin & Lempitsky (2015): both can be one ordinary backward pass if a layer between
# $f$ and $D$ leaves its input alone and flips the gradient,
#
# $$R_\lambda(x) = x, \qquad \frac{\mathrm d R_\lambda}{\mathrm d x} = -\lambda I.$$

# %% [markdown]
# ## From scratch


# %%
class ReverseGradient(torch.autograd.Function):
    """Identity on the way forward, -strength times the gradient on the way back."""

    @staticmethod
    def forward(ctx, x, strength):
        ctx.strength = strength
        return x.view_as(x)

    @staticmethod
    def backward(ctx, gradient):
        return -ctx.strength * gradient, None  # strength itself gets no gradient


x = torch.tensor([[1.0, -2.0]], requires_grad=True)
(ReverseGradient.apply(x, 0.5) ** 2).sum().backward()
print("gradient with reversal:   ", x.grad.tolist()[0])

x.grad = None
(x**2).sum().backward()
print("gradient without reversal:", x.grad.tolist()[0])

# %% [markdown]
# Check it against autograd on a network: the gradient that reaches the extractor through the layer
# must be $-\lambda$ times the gradient without it, while the domain classifier's own is unchanged.

# %%
torch.manual_seed(0)
extractor, domain_head = nn.Linear(2, 8), nn.Linear(8, 2)
points, domain = torch.randn(16, 2), torch.arange(16) % 2
gradients = {}
for name, layer in {
    "without": lambda z: z,
    "reversed": lambda z: ReverseGradient.apply(z, 0.5),
}.items():
    loss = nn.functional.cross_entropy(domain_head(layer(extractor(points))), domain)
    gradients[name] = torch.autograd.grad(loss, [extractor.weight, domain_head.weight])

print(
    "extractor: -0.5 times?",
    torch.allclose(gradients["reversed"][0], -0.5 * gradients["without"][0]),
)
print("classifier: the same? ", torch.allclose(gradients["reversed"][1], gradients["without"][1]))

# %% [markdown]
# The package has the same as `gradient_reversal.reverse_gradient`, and tests it in the same way.
#
# ### Exercise 1: a reversal without a class
#
# There is a one-liner that needs no `autograd.Function`: `x.detach()` has the value of `x` and no
# gradient. Combine `x` and `x.detach()` so that the value is $x$ and the gradient $-\lambda$.


# %%
def reverse(x: torch.Tensor, strength: float) -> torch.Tensor:
    """Return x with its gradient multiplied by minus strength."""
    # your code here


exercises.check_gradient_reversal(reverse)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def reverse(x, strength):
#     return (1 + strength) * x.detach() - strength * x
#
# exercises.check_gradient_reversal(reverse)
# ```
#
# The value is $(1 + \lambda) x - \lambda x = x$; only the second term has a gradient. Neat, but it
# rounds: $(1+\lambda)x - \lambda x$ is not exactly $x$ in floating point. The function above is exact.
# </details>

# %% [markdown]
# ## A DANN in twenty lines

# %%
torch.manual_seed(0)
encoder = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU())
label_head = nn.Linear(32, 2)
domain_classifier = nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 2))
networks = nn.ModuleList([encoder, label_head, domain_classifier])
optimiser = torch.optim.Adam(networks.parameters(), lr=0.01)
x_source, y_source = torch.from_numpy(pair.source.features), torch.from_numpy(pair.source.labels)
x_target = torch.from_numpy(pair.target.features)
d = torch.cat([torch.zeros(64), torch.ones(64)]).long()

for step in range(400):
    rows, others = torch.randperm(len(x_source))[:64], torch.randperm(len(x_target))[:64]
    z = encoder(torch.cat([x_source[rows], x_target[others]]))
    label_loss = nn.functional.cross_entropy(label_head(z[:64]), y_source[rows])
    reversed_z = ReverseGradient.apply(z, gradient_reversal.ganin(step / 400))
    domain_loss = nn.functional.cross_entropy(domain_classifier(reversed_z), d)
    optimiser.zero_grad()
    (label_loss + domain_loss).backward()
    optimiser.step()

with torch.no_grad():
    guess = label_head(encoder(torch.from_numpy(pair.evaluation.features))).argmax(1).numpy()
print(f"source only: target UAR {100 * target_uar(baseline):.0f} %")
print(f"DANN:        target UAR {100 * metrics.uar(pair.evaluation.labels, guess):.0f} %")

# %% [markdown]
# Note what is *not* in that loop: `pair.evaluation` appears only after the training.
#
# > **Predict.** The same through the package, next to the baseline. How will the boundary have moved?
# > Towards the target everywhere, or only where no source point holds it back?

# %%
adversary = alignment.DomainAdversary()
dann = training.fit(plain, pair, seed=0, align=adversary, **settings)
figures.show(
    figures.decision_boundary(
        pair,
        {
            f"source only: target UAR {100 * target_uar(baseline):.0f} %": probability(baseline),
            f"DANN: target UAR {100 * target_uar(dann):.0f} %": probability(dann),
        },
    ),
    "The two moons with the regions of the source-only network and of the DANN, which was given the "
    "target points without their labels.",
)

# %%
figures.show(
    figures.training_curves({"baseline": baseline.history, "DANN": dann.history}),
    "Label loss of both systems, and the domain loss, the domain classifier's accuracy and lambda of "
    "the DANN, by epoch. Dashed lines mark chance.",
)

# %% [markdown]
# ## The schedule of λ
#
# In the first steps $D$ knows nothing and its gradient is noise. So $\lambda$ rises with the progress
# $p$ of the training, from 0 to (nearly) 1:
#
# $$\lambda(p) = \frac{2}{1 + e^{-\gamma p}} - 1, \qquad \gamma = 10.$$
#
# It is a function of *progress*, not of a number of iterations: double the epochs and it stretches.

# %%
figures.show(
    figures.schedule(),
    "Lambda over the progress of training: the curve of Ganin et al., and the linear and constant "
    "schedules for comparison.",
)

# %%
widgets.schedule_slider()

# %% [markdown]
# ### Exercise 2: a schedule with a warm-up
#
# Write a schedule that stays at 0 for the first fifth of the training and then runs through
# `gradient_reversal.ganin` from its beginning to its end in what is left.


# %%
def warm_up(p: float) -> float:
    """Return lambda at progress p in [0, 1]."""
    # your code here


exercises.check_schedule(warm_up)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def warm_up(p):
#     return gradient_reversal.ganin(max(0.0, (p - 0.2) / 0.8))
#
# exercises.check_schedule(warm_up)
# ```
#
# Any such function can be passed on: `alignment.DomainAdversary(schedule=warm_up)`.
# </details>

# %% [markdown]
# ## What can go wrong
#
# ### A dead classifier
#
# A domain accuracy of 50 % is what success looks like. It is also what a broken classifier looks like.
# A famous way to break it: a softmax over a *single* output, which is 1 whatever comes in.

# %%
z = torch.randn(8, 32, requires_grad=True)
one_unit = nn.Linear(32, 1)
certain = torch.softmax(one_unit(z), dim=1)
nn.functional.binary_cross_entropy(certain[:, 0], (torch.arange(8) % 2).float()).backward()
print("outputs:            ", certain.detach().flatten().tolist())
print("gradient at encoder:", z.grad.abs().max().item())

# %% [markdown]
# The loss is finite, the training runs, nothing is aligned. So never trust the adversary's own
# accuracy: probe the embeddings again with a *fresh* classifier, as notebook 4 does, and test that
# the gradient at the encoder is not zero, as this package does.
#
# ### Unlucky seeds, and more λ
#
# Two players who pull in opposite directions need not settle. One run proves little:

# %%
pairs = [two_moons.pair(degrees=35, seed=seed) for seed in range(5)]
strengths = {"source only": None, "λ → 0.1": 0.1, "λ → 1": 1.0, "λ → 3": 3.0}
rows = {}
for name, strength in strengths.items():
    align = None if strength is None else alignment.DomainAdversary(max_lambda=strength)
    rows[name] = [
        target_uar(training.fit(plain, p, seed=seed, align=align, **settings), p)
        for seed, p in enumerate(pairs)
    ]
scores = 100 * pd.DataFrame(rows, index=[f"seed {seed}" for seed in range(5)]).T
scores.assign(mean=scores.mean(axis=1)).round(0)

# %% [markdown]
# ### Classes that do not match
#
# Alignment matches the *whole* distributions. If the target has other shares of the classes, perfect
# alignment must carry some points of one class over to the other: it makes the domains look alike and
# raises the third term of Ben-David's bound (Zhao et al. 2019). Here nine in ten target points of class
# 1 are missing while the DANN trains; it is scored on all of them.

# %%
rows = {"balanced target": [], "one class rare": []}
for seed, p in enumerate(pairs):
    points = p.evaluation
    keep = (points.labels == 0) | (np.arange(len(points)) % 10 == 0)
    rare = points.take(keep)
    skewed = replace(p, target=rare.unlabelled())
    for name, which in zip(rows, (p, skewed), strict=True):
        before = training.fit(plain, which, seed=seed, **settings)
        after = training.fit(plain, which, seed=seed, align=adversary, **settings)
        rows[name].append(target_uar(after, which) - target_uar(before, which))
gains = 100 * pd.DataFrame(rows)
gains.agg(["mean", "min", "max"]).T.round(0).rename_axis("gain of DANN (points of UAR)")

# %% [markdown]
# **Explain.** Compare the gains. Speech corpora differ in their class shares as well (notebook 1
# showed by how much), so keep this table in mind when a pair of languages does not gain.
#
# ## Summary
#
# - The GRL turns a min-max game into one backward pass: identity forward, $-\lambda$ backward.
# - λ follows a schedule of progress, so that $D$ learns before it is listened to.
# - DANN can help a lot, and it can fail silently: dead classifiers, unlucky seeds, unequal classes.
#
# **Limits.** Two moons are chosen so that aligning marginals aligns classes. Nothing guarantees that.
#
# **Further reading.** Ganin & Lempitsky 2015, *Unsupervised domain adaptation by backpropagation*,
# ICML. Ganin et al. 2016, *Domain-adversarial training of neural networks*, JMLR 17(59). Zhao et al.
# 2019, *On learning invariant representations for domain adaptation*, ICML: why unequal classes hurt.
#
# **Next**: [04_dann](04_dann.ipynb) puts the language of speech in the place of the rotation.
