"""Optimizers and the schedule, as functions of a model that a recipe can name."""

import torch
from torch import nn

__all__ = ["adamw", "one_cycle", "sgd"]


def sgd(model: nn.Module, *, lr: float) -> torch.optim.Optimizer:
    """Return stochastic gradient descent on all of a model's parameters."""
    return torch.optim.SGD(model.parameters(), lr=lr)


def adamw(model: nn.Module, *, lr: float, weight_decay: float) -> torch.optim.Optimizer:
    """Return AdamW on all of a model's parameters."""
    return torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=weight_decay)


def one_cycle(
    optimizer: torch.optim.Optimizer, steps: int, *, lr: float, warmup: float = 0.3
) -> torch.optim.lr_scheduler.LRScheduler:
    """Return the schedule that rises to `lr` over a share of the steps and falls to zero."""
    return torch.optim.lr_scheduler.OneCycleLR(
        optimizer, lr, total_steps=steps, pct_start=warmup, cycle_momentum=False
    )
