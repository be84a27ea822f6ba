"""What each shortcut of `ser_utils.fast` is worth: one step of it against its plain form."""

from collections.abc import Callable
from functools import partial

import pandas as pd
import torch
from torch import Tensor, nn

from benchmarks import measuring
from ser_utils import alignment, fast, models, settings

REPETITIONS = 40
#: Steps per measurement: enough for a clock to tell two forms apart.
STEPS = 200
N_FEATURES = 88
RATES = settings.LEARNING_RATE, settings.WEIGHT_DECAY


def run(repetitions: int, machine: dict) -> None:
    """Measure, and write shortcuts.csv, shortcuts.json and the table in README.md.

    Parameters
    ----------
    repetitions : int
        Measurements of each form.
    machine : dict
        See `measuring.machine`.
    """
    torch.set_num_threads(1)
    torch.manual_seed(0)
    forms = {(name, form): step for name, both in shortcuts().items() for form, step in both}
    systems = {key: partial(_repeat, step) for key, step in forms.items()}
    for measure in systems.values():  # first calls
        measure(0)
    timings, _ = measuring.alternate(systems, repetitions)
    timings["microseconds"] = 1e6 * timings["seconds"] / STEPS
    about = {"steps": STEPS, "repetitions": repetitions, "machine": machine}
    measuring.write("shortcuts", timings, report(timings), settings.as_dict() | about)


def shortcuts() -> dict[str, tuple[tuple[str, Callable[[], object]], ...]]:
    """Return, by name, one step in plain form and one by the shortcut, forward and backward."""
    batch = torch.randn(2 * settings.BATCH_SIZE, settings.WIDTHS[0])
    own = slice(0, settings.BATCH_SIZE)
    norm = nn.BatchNorm1d(settings.WIDTHS[0])
    state = norm.running_mean, norm.running_var, norm.weight, norm.bias, norm.momentum, norm.eps
    return {
        "dropout by comparison": (
            ("plain", _backward(nn.Dropout(settings.DROPOUT), batch)),
            ("fast", _backward(fast.Dropout(settings.DROPOUT), batch)),
        ),
        "rows normalised by those of the other domain": (
            ("plain", _backward(lambda x: _batch_norm_by(x, own, *state), batch)),
            ("fast", _backward(lambda x: fast.batch_norm_by(x, own, *state), batch)),
        ),
        "Adam on one vector": (
            ("plain", _adam(_torchs_adam)),
            ("fast", _adam(lambda parameters: fast.Adam(fast.one_vector(parameters), *RATES))),
        ),
    }


def _repeat(step: Callable[[], object], repetition: int) -> None:
    for _ in range(STEPS):
        step()


def _backward(function: Callable[[Tensor], Tensor], batch: Tensor) -> Callable[[], None]:
    def step() -> None:
        x = batch.detach().requires_grad_()
        function(x).backward(batch)

    return step


def _batch_norm_by(x, own, running_mean, running_var, weight, bias, momentum, eps) -> Tensor:
    """`fast.batch_norm_by` as one would write it."""
    var, mean = torch.var_mean(x[own], 0, correction=0)
    count = own.stop - own.start
    with torch.no_grad():
        running_mean.lerp_(mean, momentum)
        running_var.lerp_(var * count / (count - 1), momentum)
    return (x - mean) / (var + eps).sqrt() * weight + bias


def _adam(optimiser_of: Callable[[list[nn.Parameter]], object]) -> Callable[[], None]:
    """One step of all parameters of the default network and its adversary."""
    network, adversary = models.mlp(N_FEATURES), alignment.DomainAdversary()
    adversary.classifier(torch.zeros(1, network.encoder.width))
    parameters = [*network.parameters(), *adversary.parameters()]
    for parameter in parameters:
        parameter.grad = torch.zeros_like(parameter)
    optimiser = optimiser_of(parameters)

    def step() -> None:
        for parameter in parameters:
            parameter.grad.fill_(0.1)  # Adam on nothing but zeros would end in slow denormals
        optimiser.step()

    return step


def _torchs_adam(parameters: list[nn.Parameter]) -> torch.optim.Adam:
    learning_rate, weight_decay = RATES
    return torch.optim.Adam(parameters, learning_rate, weight_decay=weight_decay, fused=True)


def report(timings: pd.DataFrame) -> str:
    """Write the table.

    Parameters
    ----------
    timings : pd.DataFrame
        As of `measuring.alternate`, with `microseconds`.
    """
    medians = timings.groupby("system", sort=False)["microseconds"].median()
    names = list(dict.fromkeys(name for name, _ in medians.index))
    rows = [
        [
            name,
            *(f"{medians[name, form]:.0f}" for form in ("plain", "fast")),
            f"{measuring.ratio(timings, (name, 'plain'), (name, 'fast')):.2f}",
        ]
        for name in names
    ]
    return measuring.markdown(["shortcut", "plain, µs", "fast, µs", "times as fast"], rows)
