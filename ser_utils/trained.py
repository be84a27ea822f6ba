"""A trained system: what it predicts and embeds, how it is saved and loaded."""

import copy
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from ser_utils import batch_norm, models
from ser_utils.errors import CheckpointError, require_finite, unknown_name
from ser_utils.files import written_whole
from ser_utils.models import EmotionModel
from ser_utils.utterances import Standardiser, Unlabelled

#: In a checkpoint, of the names of what `Trained.standardise` holds.
_STANDARDISE = "standardise."
#: What usually causes NaN or infinity in a model, and in what it computes.
DIVERGED = (
    "The training diverged: usually the learning rate is too high, or the loss or lambda of the "
    "alignment too large."
)


@dataclass(frozen=True)
class Trained:
    """A trained model and how it came about.

    What embeds or predicts raises `NotFiniteError` where it is given, or computes, NaN or infinity.

    Attributes
    ----------
    model : EmotionModel
        In evaluation mode.
    history : pd.DataFrame
        One row per epoch: `emotion_loss`, `uar_held_out` (source speakers held out) and what the
        alignment records, means over batches. DANN records `domain_loss`, `domain_accuracy` and
        `lambda`; for more than two domains also the loss that their sizes alone allow,
        `domain_loss_at_chance`. With `probe_every`, `probe_accuracy` in some of the epochs.
    held_out : list of str
        Source speakers that training did not see.
    epoch : int
        Epoch, counted from 1, whose weights were kept.
    settings : dict
        Everything that was chosen: the corpora, seed, epochs, learning rate, ...
    align : nn.Module or None
        The alignment as it was after the last epoch.
    standardise : Standardiser or None
        What utterances of the target go through before they are embedded: that of the pair.
    """

    model: EmotionModel
    history: pd.DataFrame
    held_out: list[str]
    epoch: int
    settings: dict
    align: nn.Module | None = None
    standardise: Standardiser | None = None

    def with_statistics(self, statistics: str, target: Unlabelled) -> "Trained":
        """Choose the batch statistics that utterances of the target are normalised by.

        What is returned is for them alone; this one stays as it was, and serves the source.

        Parameters
        ----------
        statistics : {"running", "target"}
            Those that training kept, or those of `target` itself (AdaBN, see
            `batch_norm.reestimated`). Without batch norm the two are the same.
        target : Unlabelled
            The utterances to adapt to: `pair.target`.

        Raises
        ------
        UnknownNameError
            If `statistics` is neither.
        """
        if statistics not in batch_norm.STATISTICS:
            raise unknown_name("statistics", statistics, batch_norm.STATISTICS)
        if statistics == "running":
            return self
        device = next(self.model.parameters()).device
        return replace(self, model=batch_norm.reestimated(self.model, *tensors(target, device)))

    def embed(self, *parts: Unlabelled) -> np.ndarray:
        """Return the embeddings of all rows of `parts`, one part after the other, (n, width)."""
        return embed(self.model, *parts)

    def probabilities(self, data: Unlabelled) -> np.ndarray:
        """Return the probabilities of the two classes, shape (n, 2)."""
        return torch.softmax(torch.from_numpy(logits(self.model, data)), dim=1).numpy()

    def log_odds(self, data: Unlabelled) -> np.ndarray:
        """Return the log-odds of class 1, shape (n,): its logit minus that of class 0.

        They rank utterances whose probabilities are rounded to 1 alike.
        """
        both = logits(self.model, data)
        return both[:, 1] - both[:, 0]

    def predict(self, data: Unlabelled) -> np.ndarray:
        """Return the predicted classes, shape (n,), int."""
        return self.probabilities(data).argmax(axis=1)

    def save(self, path: str | Path) -> None:
        """Write all but the alignment to a safetensors file: what `load` and `prediction` need."""
        from safetensors.torch import save

        about = {
            "recipe": self.model.recipe,
            "history": self.history.to_dict("list"),
            "held_out": self.held_out,
            "epoch": self.epoch,
            "settings": self.settings,
            "clip": self.standardise and self.standardise.clip,
        }
        state = self.model.state_dict()
        weights = {name: value.cpu().contiguous() for name, value in state.items()}
        if self.standardise is not None:
            for name in ("mean", "std"):
                weights[_STANDARDISE + name] = torch.from_numpy(getattr(self.standardise, name))
        with written_whole(Path(path)) as temporary:
            temporary.write_bytes(save(weights, metadata={"ser_utils": json.dumps(about)}))


def load(path: str | Path, model: EmotionModel | None = None) -> Trained:
    """Read a checkpoint that `Trained.save` wrote. The alignment is not part of it.

    Parameters
    ----------
    path : str or Path
    model : EmotionModel, optional
        A model of your own like the one that was saved. It is copied; one that `models.mlp` or
        `models.cnn` built is built again.

    Raises
    ------
    CheckpointError
        If the file is absent, damaged, of another program, of another model, or holds NaN.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            about = json.loads(file.metadata()["ser_utils"])
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        broken = [name for name, value in weights.items() if not value.isfinite().all()]
        statistics = {
            name.removeprefix(_STANDARDISE): weights.pop(name).numpy()
            for name in list(weights)
            if name.startswith(_STANDARDISE)
        }
        statistics["clip"] = about.pop("clip", None)  # unknown to earlier versions
        about["standardise"] = Standardiser(**statistics) if "mean" in statistics else None
        about["history"] = history_of(about["history"])
        recipe = about.pop("recipe")
        model = models.build(**recipe) if recipe else copy.deepcopy(model)
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"{path}: not a checkpoint of ser_utils ({error}).") from error
    if broken:
        raise CheckpointError(
            f"{path}: {broken[0]} holds NaN or infinity. {DIVERGED} Train it again."
        )
    if model is None:
        raise CheckpointError(
            f"{path} holds the weights of a model that models.mlp and models.cnn do not build. "
            "Hand over one like it: load(path, model=...)."
        )
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise CheckpointError(f"{path}: its weights are of another model ({error}).") from error
    return Trained(model=model.eval(), **about)


def require_finite_steps(recorded: Mapping[str, Sequence[float]], epoch: int) -> None:
    """Raise `NotFiniteError` if a number in an epoch of a training, by name and step, is none."""
    names = list(recorded)
    require_finite(
        np.transpose(list(recorded.values())),
        f"steps of epoch {epoch}",
        DIVERGED,
        lambda step, of: f"{names[of]} at step {step + 1}",
    )


def embed(model: EmotionModel, *parts: Unlabelled) -> np.ndarray:
    """Return the embeddings of all rows of `parts` by a model in evaluation mode, (n, width)."""
    return np.concatenate([_in_batches(model.embed, model, part, "embeddings") for part in parts])


def logits(model: EmotionModel, data: Unlabelled) -> np.ndarray:
    """Return the emotion logits of `data` by a model in evaluation mode, shape (n, 2)."""
    return _in_batches(model, model, data, "logits")


@torch.no_grad()
def _in_batches(function: Callable, model: EmotionModel, data: Unlabelled, what: str) -> np.ndarray:
    """Apply `function` of (x, lengths, n_source) to all of `data`, in the order of its rows.

    `what` says in an error what it computes.
    """
    inputs = tensors(data, next(model.parameters()).device)
    n_source = 0 if data.role == "target" else None
    batches = torch.arange(len(data)).split(256)
    results = [function(*take(inputs, rows), n_source) for rows in batches]
    computed = torch.cat(results).cpu().numpy()
    require_finite(computed, what, DIVERGED, lambda row, *_: f"that of {data.name(row)}")
    return computed


def tensors(data: Unlabelled, device: str) -> tuple[Tensor, Tensor | None]:
    """Return features, all of which have to be finite, and lengths as tensors."""
    data.require_finite()
    # Copies, since arrays that another process shares are read-only.
    lengths = None if data.lengths is None else torch.tensor(data.lengths, device=device)
    return torch.tensor(data.features, device=device), lengths


def take(data: tuple[Tensor, Tensor | None], rows: Tensor) -> tuple[Tensor, Tensor | None]:
    """Return some rows of features and lengths."""
    x, lengths = data
    rows = rows.to(x.device)
    # The same as x[rows], in half the time.
    return x.index_select(0, rows), None if lengths is None else lengths[rows]


def history_of(records: list[dict] | dict[str, list]) -> pd.DataFrame:
    """Make a row per epoch, counted from 1."""
    history = pd.DataFrame(records)
    history.index = pd.RangeIndex(1, len(history) + 1, name="epoch")
    return history
