"""Train one network by one recipe, with validation and its time left out of the clock."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks._results import spread
from dlbook import data, metrics, repro, train

__all__ = ["Recipe", "step_time", "train_and_test"]

Optimizer = torch.optim.Optimizer
Schedule = torch.optim.lr_scheduler.LRScheduler


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A network and all that decides how it is trained."""

    about: str
    network: Callable[[], nn.Module]
    optimizer: Callable[[nn.Module], Optimizer]
    epochs: int
    batch_size: int
    schedule: Callable[[Optimizer, int], Schedule] | None = None
    loss: Callable[[Tensor, Tensor], Tensor] = F.cross_entropy
    augment: data.Transform | None = None
    prepare: Callable[[Tensor], Tensor] | None = None
    predictor: Callable[[nn.Module], nn.Module] | None = None
    channels_last: bool = False

    def transform(self, X: Tensor, generator: torch.Generator | None) -> Tensor:
        """Augment a training batch, then prepare it as every batch is."""
        if self.augment is not None:
            X = self.augment(X, generator)
        return X if self.prepare is None else self.prepare(X)

    def model(self) -> nn.Module:
        """Build the network in its memory format."""
        model = self.network()
        return model.to(memory_format=torch.channels_last) if self.channels_last else model


def train_and_test(recipe: Recipe, images: data.ImageData, seed: int) -> dict[str, Any]:
    """Train by a recipe; measure validation after each epoch and test once, at the end."""
    repro.seed_all(seed)
    model = recipe.model()
    predictor = recipe.predictor(model) if recipe.predictor else model
    loader = data.loader(images.train, recipe.batch_size, shuffle=True, transform=recipe.transform)
    optimizer = recipe.optimizer(model)
    schedule = recipe.schedule and recipe.schedule(optimizer, recipe.epochs * len(loader))
    wall, cpu, losses, accuracies = [], [], [], []
    for epoch in range(1, recipe.epochs + 1):
        start = time.perf_counter(), time.process_time()
        history = train.fit(
            model, loader, recipe.loss, optimizer, epochs=1, scheduler=schedule, progress=False
        )
        wall.append(round(time.perf_counter() - start[0], 3))
        cpu.append(round(time.process_time() - start[1], 3))
        losses.append(round(history["loss"][0], 4))
        accuracies.append(_accuracy(predictor, images.val, recipe))
        print(
            f"  seed {seed}, epoch {epoch}/{recipe.epochs}: {wall[-1]:.1f} s, "
            f"loss {losses[-1]:.3f}, validation accuracy {accuracies[-1]:.4f}",
            flush=True,
        )
    test = _accuracy(predictor, images.test, recipe)
    once = {}
    if predictor is not model:  # for comparison; nothing was chosen by it
        once["test_accuracy_one_view"] = _accuracy(model, images.test, recipe)
    print(f"  seed {seed}: {sum(wall):.1f} s, test accuracy {test:.4f}", flush=True)
    return {
        "seed": seed,
        "parameters": sum(p.numel() for p in model.parameters()),
        "epochs": recipe.epochs,
        "batch_size": recipe.batch_size,
        "steps": recipe.epochs * len(loader),
        "seconds": wall,
        "cpu_seconds": cpu,
        "train_loss": losses,
        "val_accuracy": accuracies,
        "test_accuracy": test,
        **once,
    }


def step_time(recipe: Recipe, images: data.ImageData, *, steps: int) -> dict[str, Any]:
    """Time single training steps and project the whole run from their median."""
    repro.seed_all(0)
    model = recipe.model()
    optimizer = recipe.optimizer(model)
    few = images.train[: (steps + 2) * recipe.batch_size]
    loader = data.loader(few, recipe.batch_size, shuffle=True, transform=recipe.transform)
    seconds, start = [], time.perf_counter()
    for X, y in loader:
        loss = recipe.loss(model(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        seconds.append(time.perf_counter() - start)
        print(f"  step {len(seconds)}/{len(loader)}: {seconds[-1]:.2f} s", flush=True)
        start = time.perf_counter()
    step = spread(seconds[2:])  # the first two also set up memory
    total = recipe.epochs * -(-len(images.train) // recipe.batch_size)
    return {
        "parameters": sum(p.numel() for p in model.parameters()),
        "epochs": recipe.epochs,
        "batch_size": recipe.batch_size,
        "steps": total,
        "step_seconds": step,
        "projected_seconds": round(step["median"] * total, 1),
    }


def _accuracy(model: nn.Module, split: data.Split, recipe: Recipe) -> float:
    prepare = recipe.prepare
    loader = data.loader(split, 500, transform=None if prepare is None else lambda X, _: prepare(X))
    measured = train.evaluate(model, loader, metrics={"accuracy": metrics.accuracy})
    return round(measured["accuracy"], 4)
