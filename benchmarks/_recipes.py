"""Optimizers, the schedule and a way to predict, as functions that a recipe can name."""

import torch
from torch import Tensor, nn

__all__ = ["BothWays", "adamw", "one_cycle", "sgd"]


class BothWays(nn.Module):
    """Average a classifier's probabilities for an image and for its mirror image."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, X: Tensor) -> Tensor:
        """Map images (n, c, h, w) to probabilities (n, m)."""
        return (self.model(X).softmax(dim=1) + self.model(X.flip(-1)).softmax(dim=1)) / 2


def sgd(model: nn.Module, *, lr: float) -> torch.optim.Optimizer:
    """Return stochastic gradient descent on all of a model's parameters."""
    return torch.optim.SGD(model.parameters(), lr=lr)


def adamw(model: nn.Module, *, lr: float, weight_decay: float) -> torch.optim.Optimizer:
    """Return AdamW on all of a model's parameters, in its fused form: a tenth of a step less."""
    return torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=weight_decay, fused=True)


def one_cycle(
    optimizer: torch.optim.Optimizer, steps: int, *, lr: float, warmup: float = 0.3
) -> torch.optim.lr_scheduler.LRScheduler:
    """Return the schedule that rises to `lr` over a share of the steps and falls to zero."""
    return torch.optim.lr_scheduler.OneCycleLR(
        optimizer, lr, total_steps=steps, pct_start=warmup, cycle_momentum=False
    )
