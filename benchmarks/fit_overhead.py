"""What dlbook.train.fit costs beyond the bare training loop, in time.

Both train the same network on the same batches, turn and turn about; what is kept is the
ratio of each pair, so that a slow moment of the machine touches both. The network with short
steps shows the overhead at its worst.
"""

import argparse
import time
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks._results import record, spread
from benchmarks.fashion_mnist import lenet
from dlbook import data, models, repro, train

__all__ = ["add_arguments", "run"]

ABOUT = "time of train.fit over the time of a bare loop, in pairs run turn and turn about"
Loop = Callable[[nn.Module, data.TensorLoader, torch.optim.Optimizer], object]

NETWORKS: dict[str, tuple[Callable[[], nn.Module], int]] = {
    "LeNet, batches of 32": (lenet, 32),
    "ConvNet, batches of 64": (models.ConvNet, 64),
}


def bare(model: nn.Module, loader: data.TensorLoader, optimizer: torch.optim.Optimizer) -> None:
    """Train for one epoch with nothing but the loop that the chapters show."""
    model.train()
    for X, y in loader:
        loss = F.cross_entropy(model(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def fitted(model: nn.Module, loader: data.TensorLoader, optimizer: torch.optim.Optimizer) -> None:
    """Train for one epoch with `dlbook.train.fit`."""
    train.fit(model, loader, F.cross_entropy, optimizer, epochs=1, progress=False)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this benchmark's options."""
    parser.add_argument("--pairs", type=int, default=61, help="how often both loops run")
    parser.add_argument("--examples", type=int, default=3_500, help="examples a run")


def run(args: argparse.Namespace) -> None:
    """Time both loops alternately on each network and keep medians and quartiles."""
    split = data.digits().train[: args.examples]
    for name, (build, batch_size) in NETWORKS.items():
        repro.seed_all(0)
        model = build()
        optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
        loader = data.loader(split, batch_size, shuffle=True)
        seconds: dict[Loop, list[float]] = {bare: [], fitted: []}
        for pair in range(-1, args.pairs):  # the first pair warms up
            order = [bare, fitted] if pair % 2 else [fitted, bare]
            for loop in order:
                start = time.perf_counter()
                loop(model, loader, optimizer)
                if pair >= 0:
                    seconds[loop].append(time.perf_counter() - start)
        ratios = [f / b for f, b in zip(seconds[fitted], seconds[bare], strict=True)]
        result = {
            "network": name,
            "steps": len(loader),
            "bare_seconds": spread(seconds[bare]),
            "fit_seconds": spread(seconds[fitted]),
            "ratio": spread(ratios),
        }
        print(f"  {name}: fit takes {result['ratio']['median']:.4f} of the bare loop", flush=True)
        record("fit_overhead", ABOUT, result, key=("network",))
