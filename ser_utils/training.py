"""One training loop for every system: an encoder, an emotion head, and a penalty or none."""

import copy
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from ser_utils import batch_norm, batches, domains, fast, settings, trained
from ser_utils.alignment import Penalty
from ser_utils.domains import Pair
from ser_utils.embeddings.invariance import language_accuracy
from ser_utils.errors import (
    DomainError,
    NotFiniteError,
    require_number,
    require_seed,
    unknown_name,
)
from ser_utils.metrics import uar
from ser_utils.models import EmotionModel
from ser_utils.trained import Trained, load
from ser_utils.utterances import Labelled, Unlabelled

__all__ = ["Trained", "fit", "load"]


def fit(
    model: EmotionModel,
    pair: Pair,
    *,
    align: Penalty | None = None,
    epochs: int = settings.EPOCHS,
    batch_size: int = settings.BATCH_SIZE,
    learning_rate: float = settings.LEARNING_RATE,
    weight_decay: float = settings.WEIGHT_DECAY,
    held_out: float = settings.HELD_OUT,
    balance_languages: bool = False,
    keep: str = "last",
    probe_every: int = 0,
    seed: int = 0,
    device: str = "cpu",
    progress: bool = True,
    on_epoch: Callable[[int, EmotionModel], None] | None = None,
) -> Trained:
    """Train on the labelled source, aligning it with the unlabelled target if `align` is given.

    `model` and `align` are templates: copies are initialised anew from the seed, so that the same
    templates train under as many seeds as wanted, and two runs of one seed on one device are
    identical. Default values are those of `ser_utils.settings`.

    Parameters
    ----------
    model : EmotionModel
        See `models.mlp` and `models.cnn`.
    pair : Pair
        Its `source` and `target` are used, its `evaluation` never.
    align : Penalty, optional
        A penalty such as `alignment.DomainAdversary()`. None is the baseline.
    epochs : int
        Passes over the source.
    batch_size : int
        Utterances of each side of the pair in a mini-batch, no more than the source has; those of
        a smaller target recur.
    learning_rate, weight_decay : float
        Of Adam.
    held_out : float
        Share of the speakers of each source language that never train, but score the model.
    balance_languages : bool
        Whether each language of a source of several has as many utterances in a batch as the
        others. If not, they come as they are drawn: the larger its corpus, the more of them.
    keep : {"last", "source"}
        Keep the weights of the last epoch, or of the epoch with the best recall on the held-out
        source speakers. Under a rising schedule the latter often stops before alignment begins.
    probe_every : int
        After every so many epochs a fresh probe tries to name the language of each embedding, and
        the history gets its accuracy on speakers that it did not see as `probe_accuracy` (see
        `embeddings.probes.language_accuracy`). 0 asks none.
    seed : int
        Of the initial weights, the held-out speakers, the batches and dropout.
    device : str
        "cpu", "cuda", ... All begin with the same weights and see the same batches, but a GPU draws
        another dropout, and other lines between rows for `WassersteinCritic`.
    on_epoch : callable, optional
        Called with the epoch (from 1) and the model in evaluation mode, to watch it learn.

    Raises
    ------
    BatchTooSmallError
        If a batch has too few rows for its batch statistics, alignment or languages.
    DomainError
        If the source's speakers cannot be held out.
    NotFiniteError
        If a feature is NaN or infinite, or a loss, a record or the weights become so.
    SettingError
        If a number is out of its range, or `align` is not for this source.
    """
    _check(epochs, batch_size, learning_rate, weight_decay, held_out, keep, probe_every, seed)
    chosen = {
        "seed": seed,
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "weight_decay": weight_decay,
        "held_out": held_out,
        "balance_languages": balance_languages,
        "keep": keep,
        "batch_norm": model.batch_norm,
        "source": pair.source.dataset,
        "source_language": pair.source.language,
        "target": pair.target.dataset,
        "target_language": pair.target.language,
        "task": pair.task,
        "features": pair.feature_set,
        "normalise": pair.normalise,
        "clip": pair.clip,
        "protocol": pair.protocol,
        "align": str(align) if align is not None else None,
    }
    source, aside = pair.source, None
    if held_out:
        source, aside = domains.split_by_speaker(pair.source, held_out, seed)
    # The baseline passes target rows only where they move batch statistics.
    target = pair.target if align is not None or batch_norm.uses_target(model.batch_norm) else None
    with torch.random.fork_rng(), fast.threads_for(source.features), fast.repeatable():
        torch.manual_seed(seed)
        model, align = _initialised(model, align, pair.source, device)
        loop = _Loop(model, align, source, target, batch_size, balance_languages, seed, device)
        optimiser = fast.Adam(loop.parameters, learning_rate, weight_decay)
        rows, best_uar, best_epoch = [], -1.0, epochs
        passes = tqdm(range(epochs), "training", unit="epoch", leave=False, disable=not progress)
        for epoch in passes:
            rows.append(loop.run_epoch(optimiser, epoch, epochs))
            model.eval()
            if aside is not None:
                score = _held_out_uar(model, aside, epoch)
                rows[-1]["uar_held_out"] = score
                if keep == "source" and score >= best_uar:
                    best_uar, best_epoch = score, epoch + 1
                    best_weights = copy.deepcopy(model.state_dict())
            if probe_every and (epoch + 1) % probe_every == 0:
                rows[-1]["probe_accuracy"] = _probe_accuracy(model, pair)
            if on_epoch is not None:
                on_epoch(epoch + 1, model)
    if keep == "source":
        model.load_state_dict(best_weights)
    return Trained(
        model=model.eval(),
        history=trained.history_of(rows),
        held_out=sorted(set(aside.speakers.tolist())) if aside is not None else [],
        epoch=best_epoch,
        settings=chosen,
        align=align,
        standardise=pair.standardise_target,
    )


def _check(
    epochs, batch_size, learning_rate, weight_decay, held_out, keep, probe_every, seed
) -> None:
    if keep not in ("last", "source"):
        raise unknown_name("keep", keep, ("last", "source"))
    require_number("epochs", epochs, whole=True, least=1)
    require_number("batch_size", batch_size, whole=True, least=1)
    require_number("probe_every", probe_every, whole=True, least=0)
    require_number("learning_rate", learning_rate, least=0)
    require_number("weight_decay", weight_decay, least=0)
    require_number("held_out, a share of the speakers,", held_out, least=0, below=1)
    require_seed(seed)
    if keep == "source" and not held_out:
        raise DomainError("keep='source' needs held-out source speakers: set held_out above 0.")


def _probe_accuracy(model: EmotionModel, pair: Pair) -> float:
    """How well a fresh probe names the language; NaN with too few speakers to test it on."""
    sides = pair.source, pair.target
    return language_accuracy(
        *(trained.embed(model, side) for side in sides), *(side.speakers for side in sides)
    )


def _held_out_uar(model: EmotionModel, aside: Labelled, epoch: int) -> float:
    try:
        return uar(aside.labels, trained.logits(model, aside).argmax(axis=1))
    except NotFiniteError as error:
        raise NotFiniteError(f"after the steps of epoch {epoch + 1}, {error}") from error


def _initialised(
    model: EmotionModel, align: Penalty | None, source: Labelled, device: str
) -> tuple[EmotionModel, Penalty | None]:
    """Copy the templates and draw their weights anew: on the CPU, so that all devices get them."""
    model, align = copy.deepcopy(model).cpu(), copy.deepcopy(align)
    _draw_weights(model)
    if align is not None:
        align.cpu().prepare(model.encoder.width, source)
        _draw_weights(align)
        align.to(device)
    return model.to(device), align


def _draw_weights(model: nn.Module) -> None:
    """Draw the weights of every layer but those that are frozen."""
    for module in model.modules():
        own = list(module.parameters(recurse=False))
        is_frozen = own and not any(parameter.requires_grad for parameter in own)
        if hasattr(module, "reset_parameters") and not is_frozen:
            module.reset_parameters()


class _Loop:
    """The data of one training on its device, source rows first, and one pass over it at a time."""

    def __init__(
        self,
        model: EmotionModel,
        align: Penalty | None,
        source: Labelled,
        target: Unlabelled | None,
        batch_size: int,
        balance_languages: bool,
        seed: int,
        device: str,
    ) -> None:
        self.model, self.align = model, align
        moved = [*model.parameters(), *(align.joint_parameters() if align else ())]
        self.parameters = fast.one_vector([p for p in moved if p.requires_grad])
        self.labels = torch.from_numpy(source.labels).to(device)
        _, numbers = np.unique(source.languages, return_inverse=True)
        self.languages = torch.from_numpy(numbers).to(device)
        groups = numbers if balance_languages else np.zeros(len(source), int)
        # Both classes count the same: by how often a row of each is drawn.
        drawn = len(source) / (np.bincount(groups)[groups] * (groups.max() + 1))
        of_class = torch.bincount(torch.from_numpy(source.labels), torch.tensor(drawn).float(), 2)
        self.class_weights = (len(source) / (2.0 * of_class)).to(device)
        self.data, self.target_batches = trained.tensors(source, device), None
        batch_size = min(batch_size, len(source))
        self.steps = len(source) // batch_size
        # A generator each: systems with and without a target see the same source batches.
        source_rng, target_rng = np.random.default_rng(seed).spawn(2)
        self.source_batches = batches.balanced(groups, batch_size, source_rng)
        if target is not None:
            self.data = _joined(self.data, trained.tensors(target, device))
            self.target_batches = batches.endless(len(target), batch_size, target_rng)

    def run_epoch(self, optimiser: fast.Adam, epoch: int, epochs: int) -> dict:
        """Update the weights with every batch of an epoch; return the means of what is recorded."""
        self.model.train()
        records, losses = [], []
        for step in range(self.steps):
            loss, record = self._loss((epoch + step / self.steps) / epochs)
            self.parameters.grad.zero_()
            loss.backward()
            optimiser.step()
            records.append(record)
            losses.append(loss.detach())
        recorded = {key: [float(record[key]) for record in records] for key in records[0]}
        # The sum of numbers is NaN or infinite if one of them is.
        state = sum(map(torch.sum, [self.parameters, *self.model.buffers()]))
        weights = [0.0] * (self.steps - 1) + [float(state)]
        checked = recorded | {"loss": torch.stack(losses).tolist(), "weights": weights}
        trained.require_finite_steps(checked, epoch + 1)
        return {key: float(np.mean(values)) for key, values in recorded.items()}

    def _loss(self, progress: float) -> tuple[Tensor, dict]:
        """Weighted cross-entropy on the source rows, plus the alignment penalty on both."""
        rows = of_source = next(self.source_batches)
        if self.target_batches is not None:
            rows = torch.cat([of_source, len(self.labels) + next(self.target_batches)])
        n_source = len(of_source)
        embedding = self.model.embed(*trained.take(self.data, rows), n_source)
        all_read = self.align is not None and self.align.reads_logits
        logits = self.model.head(embedding if all_read else embedding[:n_source])
        labels = self.labels[of_source]
        loss = functional.cross_entropy(logits[:n_source], labels, self.class_weights)
        record = {"emotion_loss": loss.detach()}
        if self.align is not None:
            batch = n_source, progress, self.languages[of_source]
            more = [logits] if all_read else []
            self.align.between_steps(embedding.detach(), *batch, *(x.detach() for x in more))
            term = self.align(embedding, *batch, *more)
            loss = loss + term.loss
            record |= term.record
        return loss, record


def _joined(*sides: tuple[Tensor, Tensor | None]) -> tuple[Tensor, Tensor | None]:
    """Stack the utterances of both sides; the shorter spectrograms get more padding."""
    features, lengths = zip(*sides, strict=True)
    if lengths[0] is None:
        return torch.cat(features), None
    frames = max(x.shape[2] for x in features)
    padded = [functional.pad(x, (0, frames - x.shape[2])) for x in features]
    return torch.cat(padded), torch.cat(lengths)
