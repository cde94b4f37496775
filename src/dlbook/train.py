"""One training loop for CPU and CUDA that knows no model.

A chapter first shows the loop in full: for each batch, predict, measure, differentiate,
step. `fit` is that loop with what a longer run needs around it: a progress bar, validation,
schedules, gradient clipping, early stopping, mixed precision on CUDA, and an error that
names the batch when the loss is no longer a number.
"""

import copy
import math
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from dlbook import repro

__all__ = ["EarlyStopping", "History", "NonFiniteLossError", "evaluate", "fit", "predict"]

Batch: TypeAlias = tuple[Tensor, Tensor]
Loss: TypeAlias = Callable[[Tensor, Tensor], Tensor]
Metrics: TypeAlias = Mapping[str, Callable[[Tensor, Tensor], Any]]


class NonFiniteLossError(ArithmeticError):
    """The training loss became infinite or not a number."""


@dataclass
class History:
    """What happened in each epoch of a run.

    Attributes
    ----------
    rows : list of dict
        One an epoch: ``epoch``, ``loss``, each metric, their ``val_`` twins, ``lr`` (at the
        epoch's end) and ``seconds`` (validation included).
    stopped : str
        Why the run ended: ``"finished"``, ``"early"`` or ``"interrupted"``.
    best_epoch : int or None
        With early stopping, the epoch whose weights the model has now.
    """

    rows: list[dict[str, float]] = field(default_factory=list)
    stopped: str = "finished"
    best_epoch: int | None = None

    def __getitem__(self, key: str) -> list[float]:
        """Return one quantity over the epochs."""
        if key not in self:
            raise KeyError(f"no {key!r} in this history; it has {sorted(self.keys())}")
        return [row[key] for row in self.rows]

    def __contains__(self, key: str) -> bool:
        return key in self.keys()

    def __len__(self) -> int:
        return len(self.rows)

    def keys(self) -> set[str]:
        """Return the names of the quantities kept."""
        return set(self.rows[0]) if self.rows else set()

    def _cells(self) -> list[list[str]]:
        names = list(self.rows[0]) if self.rows else []
        return [names, *([f"{row[name]:.4g}" for name in names] for row in self.rows)]

    def __repr__(self) -> str:
        if not self.rows:
            return f"History(no epochs, {self.stopped})"
        return "\n".join("  ".join(f"{c:>12}" for c in line) for line in self._cells())

    def _repr_html_(self) -> str:
        if not self.rows:
            return f"<p>{self!r}</p>"
        head, *body = self._cells()
        lines = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in r) + "</tr>" for r in body)
        names = "".join(f'<th scope="col">{name}</th>' for name in head)
        return f"<table><thead><tr>{names}</tr></thead><tbody>{lines}</tbody></table>"


@dataclass
class EarlyStopping:
    """Stop when a quantity has not improved for some epochs, and go back to the best weights.

    Attributes
    ----------
    monitor : str, default "val_loss"
        A quantity of the history. Never one measured on the test split.
    patience : int, default 3
        Epochs without improvement before the run ends.
    mode : {"min", "max"}, optional
        Whether less or more is better; by default less for a loss and more for anything else.
    min_delta : float, default 0.0
        A change that is no larger does not count as an improvement.
    """

    monitor: str = "val_loss"
    patience: int = 3
    mode: Literal["min", "max"] | None = None
    min_delta: float = 0.0

    def __post_init__(self) -> None:
        if self.patience < 1:
            raise ValueError(f"expected patience of at least 1, received {self.patience}")
        if self.mode not in (None, "min", "max"):
            raise ValueError(f"expected mode 'min' or 'max', received {self.mode!r}")
        if self.mode is None:
            self.mode = "min" if self.monitor.endswith("loss") else "max"

    def improves(self, value: float, best: float | None) -> bool:
        """Tell whether a value is better than the best so far.

        Parameters
        ----------
        value : float
            What was measured; a NaN never improves.
        best : float or None
            The best so far, if any.

        Returns
        -------
        bool
            Whether it is, by more than `min_delta`.
        """
        if math.isnan(value):
            return False
        if best is None:
            return True
        gain = best - value if self.mode == "min" else value - best
        return gain > self.min_delta


class _Best:
    """The best epoch of a run and a copy of its weights."""

    def __init__(self, rule: EarlyStopping) -> None:
        self.rule = rule
        self.value: float | None = None
        self.epoch = 0
        self.state: dict[str, Any] = {}

    def see(self, model: nn.Module, row: dict[str, float]) -> bool:
        """Note an epoch; return whether the run should end."""
        if self.rule.monitor not in row:
            raise ValueError(
                f"early stopping monitors {self.rule.monitor!r}; this run has {sorted(row)}"
            )
        epoch = int(row["epoch"])
        if self.rule.improves(row[self.rule.monitor], self.value):
            self.value, self.epoch = row[self.rule.monitor], epoch
            self.state = copy.deepcopy(model.state_dict())
        return epoch - self.epoch >= self.rule.patience


def fit(
    model: nn.Module,
    loader: Iterable[Batch],
    loss_fn: Loss,
    optimizer: torch.optim.Optimizer,
    *,
    epochs: int,
    val_loader: Iterable[Batch] | None = None,
    metrics: Metrics | None = None,
    scheduler: torch.optim.lr_scheduler.LRScheduler | None = None,
    step_scheduler_each: Literal["batch", "epoch"] = "batch",
    clip_norm: float | None = None,
    early_stopping: EarlyStopping | None = None,
    device: torch.device | str | None = None,
    amp: bool | None = None,
    progress: bool | None = None,
) -> History:
    """Train a model in place and return what happened.

    Parameters
    ----------
    model : Module
        Moved to `device` and trained in place; left in evaluation mode.
    loader : iterable of (X, y)
        The training batches, iterated once an epoch.
    loss_fn : callable
        ``loss_fn(model(X), y)`` returns the batch's mean loss, a scalar tensor.
    optimizer : Optimizer
        Of `model`'s parameters.
    epochs : int
        How often to go through `loader`.
    val_loader : iterable of (X, y), optional
        Measured after each epoch, in evaluation mode and without gradients.
    metrics : mapping of str to callable, optional
        ``metric(logits, y)`` returns a batch's mean.
    scheduler : LRScheduler, optional
        Stepped after each batch or each epoch.
    step_scheduler_each : {"batch", "epoch"}, default "batch"
        Which of the two: ``OneCycleLR`` counts batches, ``StepLR`` usually epochs.
    clip_norm : float, optional
        Scale the gradient down to this Euclidean norm where it is longer.
    early_stopping : EarlyStopping, optional
        When to stop before `epochs`, and to return to the best weights.
    device : device or str, optional
        By default `dlbook.repro.device`.
    amp : bool, optional
        Compute in bfloat16 where that is safe (`torch.autocast`); by default on CUDA only.
    progress : bool, optional
        Show a progress bar; by default unless the run is a test or a build (the environment
        variable ``CI`` or ``DLBOOK_QUIET`` is set).

    Returns
    -------
    History
        One row an epoch. Interrupted by the keyboard, the run ends early and what was
        learnt so far stands.

    Raises
    ------
    NonFiniteLossError
        When the loss is infinite or not a number. The step of that batch is not taken.
    ValueError
        For no epochs, an empty loader, a loss that is not a scalar, an optimizer that holds
        none of the model's parameters, or early stopping on a quantity that is not there.
    """
    where = torch.device(device) if device is not None else repro.device()
    _check_arguments(model, optimizer, epochs, step_scheduler_each)
    autocast = where.type == "cuda" if amp is None else amp
    precision = _precision(where, autocast)
    history, best = History(), _Best(early_stopping) if early_stopping else None
    model.to(where)
    _move_optimizer_state(optimizer, where)
    bar = _progress_bar(loader, epochs, progress)
    try:
        for epoch in range(1, epochs + 1):
            start = time.perf_counter()
            means = _Means(metrics or {})
            model.train()
            for X, y in _batches(loader, where):
                with precision:
                    output = model(X)
                    loss = loss_fn(output, y)
                value = _checked_loss(loss, epoch, means.batches, optimizer)
                optimizer.zero_grad(set_to_none=True)
                loss.backward()  # type: ignore[no-untyped-call]
                if clip_norm is not None:
                    nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
                optimizer.step()
                if scheduler is not None and step_scheduler_each == "batch":
                    scheduler.step()
                means.add(output, y, value)
                bar.update()
            if scheduler is not None and step_scheduler_each == "epoch":
                scheduler.step()
            row = {"epoch": float(epoch), **means.result()}
            if val_loader is not None:
                measured = evaluate(
                    model, val_loader, loss_fn, metrics=metrics, device=where, amp=autocast
                )
                row |= {f"val_{name}": value for name, value in measured.items()}
            row["lr"] = float(optimizer.param_groups[0]["lr"])
            row["seconds"] = time.perf_counter() - start
            history.rows.append(row)
            bar.set_postfix({k: f"{v:.3g}" for k, v in row.items() if k not in ("epoch", "lr")})
            if best is not None and best.see(model, row):
                history.stopped = "early"
                break
    except KeyboardInterrupt:
        history.stopped = "interrupted"
    finally:
        bar.close()
        model.eval()
    if best is not None and best.state:
        model.load_state_dict(best.state)
        history.best_epoch = best.epoch
    return history


@torch.inference_mode()
def evaluate(
    model: nn.Module,
    loader: Iterable[Batch],
    loss_fn: Loss | None = None,
    *,
    metrics: Metrics | None = None,
    device: torch.device | str | None = None,
    amp: bool | None = None,
) -> dict[str, float]:
    """Return a model's mean loss and metrics over a loader, in evaluation mode.

    Parameters
    ----------
    model : Module
        Its mode is put back afterwards.
    loader : iterable of (X, y)
        The batches to measure on.
    loss_fn : callable, optional
        ``loss_fn(model(X), y)`` returns the batch's mean loss, a scalar tensor.
    metrics : mapping of str to callable, optional
        ``metric(logits, y)`` returns a batch's mean.
    device : device or str, optional
        By default `dlbook.repro.device`.
    amp : bool, optional
        Compute in bfloat16 where that is safe; by default on CUDA only.

    Returns
    -------
    dict of str to float
        ``"loss"``, where a loss is given, and each metric; means over examples.

    Raises
    ------
    ValueError
        If the loader is empty.
    """
    where = torch.device(device) if device is not None else repro.device()
    precision = _precision(where, where.type == "cuda" if amp is None else amp)
    training = model.training
    model.to(where).eval()
    means = _Means(metrics or {})
    try:
        for X, y in _batches(loader, where):
            with precision:
                output = model(X)
                loss = loss_fn(output, y) if loss_fn is not None else None
            means.add(output, y, None if loss is None else loss.item())
    finally:
        model.train(training)
    return means.result()


@torch.inference_mode()
def predict(
    model: nn.Module,
    X: Tensor,
    *,
    batch_size: int = 512,
    device: torch.device | str | None = None,
) -> Tensor:
    """Return a model's outputs for many examples, in evaluation mode and batch by batch.

    Parameters
    ----------
    model : Module
        Its mode is put back afterwards.
    X : Tensor
        Examples along the first axis.
    batch_size : int, default 512
        Examples at a time.
    device : device or str, optional
        By default `dlbook.repro.device`.

    Returns
    -------
    Tensor
        On the CPU, one row an example.

    Raises
    ------
    ValueError
        If `X` is empty or `batch_size` is not positive.
    """
    if batch_size < 1 or len(X) == 0:
        raise ValueError(f"expected examples and a batch size, received {len(X)} and {batch_size}")
    where = torch.device(device) if device is not None else repro.device()
    training = model.training
    model.to(where).eval()
    try:
        parts = torch.split(X, batch_size)
        return torch.cat([model(part.to(where)).float().cpu() for part in parts])
    finally:
        model.train(training)


# --- parts -------------------------------------------------------------------------------


class _Means:
    """Running means over examples; metrics stay on the device, so that no batch waits for them."""

    def __init__(self, metrics: Metrics) -> None:
        self.metrics = metrics
        self.sums: dict[str, Any] = {}
        self.examples = 0
        self.batches = 0

    def add(self, output: Tensor, y: Tensor, loss: float | None) -> None:
        """Add a batch, weighted by its size."""
        values: dict[str, Any] = {} if loss is None else {"loss": loss}
        if self.metrics:
            with torch.no_grad():
                values |= {name: f(output.detach(), y) for name, f in self.metrics.items()}
        for name, value in values.items():
            self.sums[name] = self.sums.get(name, 0.0) + value * len(y)
        self.examples += len(y)
        self.batches += 1

    def result(self) -> dict[str, float]:
        """Return the means."""
        if not self.examples:
            raise ValueError("expected batches, received an empty loader (a spent generator?)")
        return {name: float(total) / self.examples for name, total in self.sums.items()}


def _precision(where: torch.device, autocast: bool) -> AbstractContextManager[Any]:
    """Return the context in which a model computes; none costs nothing in each batch."""
    return torch.autocast(where.type, dtype=torch.bfloat16) if autocast else nullcontext()


def _batches(loader: Iterable[Batch], where: torch.device) -> Iterator[Batch]:
    """Move each batch to the device."""
    for X, y in loader:
        yield X.to(where, non_blocking=True), y.to(where, non_blocking=True)


def _check_arguments(
    model: nn.Module, optimizer: torch.optim.Optimizer, epochs: int, each: str
) -> None:
    """Refuse what would otherwise train nothing, or fail only after an epoch."""
    if epochs < 1:
        raise ValueError(f"expected at least one epoch, received {epochs}")
    if each not in ("batch", "epoch"):
        raise ValueError(f"step_scheduler_each: expected 'batch' or 'epoch', received {each!r}")
    held = {id(p) for group in optimizer.param_groups for p in group["params"]}
    if not any(id(p) in held for p in model.parameters()):
        raise ValueError("the optimizer holds none of the model's parameters: it would not train")


def _checked_loss(loss: Tensor, epoch: int, batch: int, optimizer: torch.optim.Optimizer) -> float:
    """Return the loss as a number; raise where it is not one finite number."""
    if loss.ndim != 0:
        raise ValueError(f"expected a scalar loss, received shape {tuple(loss.shape)}")
    if not math.isfinite(value := loss.item()):
        lr = optimizer.param_groups[0]["lr"]
        raise NonFiniteLossError(
            f"the loss is {value} in epoch {epoch}, batch {batch + 1}, at a learning rate of "
            f"{lr:g}. Usual causes: the rate is too high, the gradient needs clipping "
            "(clip_norm), or an input is not finite."
        )
    return value


def _move_optimizer_state(optimizer: torch.optim.Optimizer, where: torch.device) -> None:
    """Bring moments that an earlier run left on another device to this one."""
    for state in optimizer.state.values():
        for name, value in state.items():
            if isinstance(value, Tensor) and name != "step":
                state[name] = value.to(where)


def _progress_bar(loader: Iterable[Batch], epochs: int, progress: bool | None) -> "tqdm[Any]":
    """Make a bar over all batches of all epochs."""
    quiet = bool(os.environ.get("CI") or os.environ.get("DLBOOK_QUIET"))
    shown = not quiet if progress is None else progress
    total = epochs * len(loader) if isinstance(loader, Sized) else None
    return tqdm(total=total, disable=not shown, unit="batch", leave=False, file=sys.stderr)
