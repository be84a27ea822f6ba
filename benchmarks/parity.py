"""The losses of alignments on the same tensors, by this package and by two libraries."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from benchmarks import measuring
from ser_utils import settings
from ser_utils.alignment import (
    ConditionalAdversary,
    Coral,
    DomainConfusion,
    MaximumMeanDiscrepancy,
    MinimumClassConfusion,
)
from ser_utils.alignment.maximum_mean_discrepancy import SCALES

#: Draws of tensors.
REPETITIONS = 20
BAR = 1e-5
#: Rows of each domain, and width of the embedding.
N, WIDTH = settings.BATCH_SIZE, settings.WIDTHS[-1]


def run(repetitions: int, machine: dict) -> None:
    """Compare, and write parity.csv, parity.json and the table in README.md.

    Parameters
    ----------
    repetitions : int
        Draws of an embedding and of logits; the number of the repetition is the seed.
    machine : dict
        See `measuring.machine`.
    """
    rows = [
        (seed, loss, library, difference(*compare(*_drawn(seed))))
        for seed in range(repetitions)
        for (loss, library), compare in LOSSES.items()
    ]
    table = pd.DataFrame(rows, columns=["repetition", "loss", "library", "difference"])
    about = {"rows": 2 * N, "width": WIDTH, "repetitions": repetitions, "machine": machine}
    measuring.write("parity", table, report(table), about)


def report(table: pd.DataFrame) -> str:
    """Write the table.

    Parameters
    ----------
    table : pd.DataFrame
        One row per draw and comparison: `loss`, `library`, `difference`.
    """
    largest = table.groupby(["loss", "library"], sort=False)["difference"].max()
    rows = [
        [*names, f"{value:.1e}", "yes" if value <= BAR else "**no**"]
        for names, value in largest.items()
    ]
    return measuring.markdown(["loss", "library", "largest difference", f"within {BAR:g}"], rows)


def difference(ours: Tensor, theirs: Tensor) -> float:
    """Return the largest difference, relative to the largest number of theirs."""
    return float((ours - theirs).abs().max() / theirs.abs().max())


def _drawn(seed: int) -> tuple[Tensor, Tensor]:
    """Draw an embedding whose target is shifted and stretched, and logits of both."""
    rng = np.random.default_rng(seed)
    z, logits = rng.normal(size=(2 * N, WIDTH)), 2 * rng.normal(size=(2 * N, 2))
    z[N:] = 1.5 * z[N:] + 0.5
    return torch.tensor(z, dtype=torch.float32), torch.tensor(logits, dtype=torch.float32)


def _skada_coral(z: Tensor, logits: Tensor) -> tuple[Tensor, Tensor]:
    from skada.deep.losses import deepcoral_loss

    return Coral(1.0)(z, N, 1.0).loss, deepcoral_loss(z[:N], z[N:])


def _adapt_coral(z: Tensor, logits: Tensor) -> tuple[Tensor, Tensor]:
    from pytorch_adapt.layers import CORALLoss

    return Coral(1.0)(z, N, 1.0).loss, CORALLoss()(z[:N], z[N:])


def _adapt_mmd(z: Tensor, logits: Tensor) -> tuple[Tensor, Tensor]:
    """By the quadratic estimate, at our bandwidth: its own is the median within the source."""
    from pytorch_adapt.layers import MMDLoss

    gamma = torch.pdist(z).median().square().item()
    # Its scales multiply 1 / gamma, where ours multiply gamma.
    scales = 1 / torch.tensor(SCALES)
    theirs = MMDLoss(kernel_scales=scales, mmd_type="quadratic", bandwidth=gamma)
    return MaximumMeanDiscrepancy(1.0)(z, N, 1.0).loss, theirs(z[:N], z[N:])


def _skada_map(z: Tensor, logits: Tensor) -> tuple[Tensor, Tensor]:
    """Given probabilities: of its own it multiplies by the logits as they are."""
    from skada.deep._adversarial import CDANModule

    class Base(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = nn.Identity()

        def forward(self, x: Tensor, sample_weight: Tensor | None = None) -> Tensor:
            self.encoder(x)
            return logits.softmax(1)

    module = CDANModule(Base(), "encoder", nn.Identity()).train()
    return ConditionalAdversary().seen(z, N, logits)[0], module(z)[1]


def _adapt_map(z: Tensor, logits: Tensor) -> tuple[Tensor, Tensor]:
    """Through its random matrices, which are linear in the product."""
    from pytorch_adapt.layers import RandomizedDotProduct

    theirs = RandomizedDotProduct([WIDTH, 2], 64)
    of_z, of_g = theirs.get_rand_mat(0), theirs.get_rand_mat(1)
    both = (of_g[:, None, :] * of_z[None, :, :]).flatten(0, 1) / theirs.divisor
    h, _ = ConditionalAdversary().seen(z, N, logits)
    return h @ both, theirs(z, logits.softmax(1))


def _adapt_entropy(z: Tensor, logits: Tensor) -> tuple[Tensor, Tensor]:
    """Normalised to a mean of 1 in each domain; its hook divides by the largest instead."""
    from pytorch_adapt.layers import EntropyWeights
    from pytorch_adapt.layers.normalizers import SumNormalizer

    weights = EntropyWeights(normalizer=SumNormalizer(scale_by_batch_size=True))
    theirs = torch.cat([weights(logits[:N]), weights(logits[N:])])
    return ConditionalAdversary(entropy=True).seen(z, N, logits)[1], theirs


def _skada_mcc(z: Tensor, logits: Tensor) -> tuple[Tensor, Tensor]:
    from skada.deep.losses import mcc_loss

    return MinimumClassConfusion()(z, N, 1.0, None, logits).loss, mcc_loss(logits[N:], T=2.5)


def _adapt_mcc(z: Tensor, logits: Tensor) -> tuple[Tensor, Tensor]:
    from pytorch_adapt.layers import MCCLoss

    return MinimumClassConfusion()(z, N, 1.0, None, logits).loss, MCCLoss(T=2.5)(logits[N:])


def _adapt_confusion(z: Tensor, logits: Tensor) -> tuple[Tensor, Tensor]:
    from pytorch_adapt.layers import UniformDistributionLoss

    ours = DomainConfusion(schedule=float)
    guess = ours.classifier(z)
    return ours(z, N, 1.0).loss.detach(), UniformDistributionLoss()(guess).detach()


#: By loss and library, what returns ours and theirs.
LOSSES: dict[tuple[str, str], Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]] = {
    ("CORAL", "skada"): _skada_coral,
    ("CORAL", "pytorch-adapt"): _adapt_coral,
    ("MK-MMD", "pytorch-adapt"): _adapt_mmd,
    ("the map of CDAN", "skada"): _skada_map,
    ("the map of CDAN", "pytorch-adapt"): _adapt_map,
    ("the weights of CDAN+E", "pytorch-adapt"): _adapt_entropy,
    ("class confusion", "skada"): _skada_mcc,
    ("class confusion", "pytorch-adapt"): _adapt_mcc,
    ("domain confusion", "pytorch-adapt"): _adapt_confusion,
}
