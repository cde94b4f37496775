"""Batches from tensors that fit in memory: one gather per batch, no worker processes."""

from collections.abc import Callable, Iterator
from typing import final

import numpy as np
import torch
from torch import Tensor

from dlbook.data._types import Split

__all__ = ["TensorLoader", "Transform", "loader"]

Transform = Callable[[Tensor, torch.Generator | None], Tensor]


@final
class TensorLoader:
    """Go through a Split in batches, as often as asked: each ``for`` loop is one epoch.

    With a seed, epoch e is drawn from (seed, e) alone: it does not depend on what else uses
    random numbers, on where an earlier epoch was left, or, for the order, on the transform.

    Parameters
    ----------
    split : Split
        What to go through.
    batch_size : int, default 128
        Examples in a batch; the last may be smaller.
    shuffle : bool, default False
        Draw a new order each epoch.
    seed : int, optional
        From 0 to 2**32 - 1. By default each epoch draws its seed from torch's global generator,
        so that `dlbook.repro.seed_all` decides.
    transform : callable, optional
        ``transform(X, generator) -> X`` on a whole batch.
    drop_last : bool, default False
        Leave out a last batch that is smaller.

    Attributes
    ----------
    epoch : int
        Epochs begun so far. Set it to resume.

    Raises
    ------
    ValueError
        If batch_size is less than 1, the seed is out of range, or no batch would be left.
    """

    def __init__(
        self,
        split: Split,
        batch_size: int = 128,
        *,
        shuffle: bool = False,
        seed: int | None = None,
        transform: Transform | None = None,
        drop_last: bool = False,
    ) -> None:
        if batch_size < 1:
            raise ValueError(f"expected a batch_size of at least 1, received {batch_size}")
        if seed is not None and not 0 <= seed < 2**32:
            raise ValueError(f"expected a seed from 0 to 2**32 - 1, received {seed}")
        if len(split) == 0 or (drop_last and len(split) < batch_size):
            raise ValueError(
                f"expected enough examples for a batch, received {len(split)} "
                f"with batch_size={batch_size} and drop_last={drop_last}"
            )
        self.split = split
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.seed = seed
        self.transform = transform
        self.drop_last = drop_last
        self.epoch = 0

    def __len__(self) -> int:
        full, rest = divmod(len(self.split), self.batch_size)
        return full + (rest > 0 and not self.drop_last)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        generator = self._begin_epoch()
        order = torch.randperm(len(self.split), generator=generator) if self.shuffle else None
        return self._batches(order, generator)

    def _begin_epoch(self) -> torch.Generator:
        generator = torch.Generator()
        if self.seed is not None:
            # Mixed, not added: on the CPU torch looks at the low 32 bits of a seed only.
            mixed = np.random.SeedSequence((self.seed, self.epoch)).generate_state(1)
            generator.manual_seed(int(mixed[0]))
        elif self.shuffle or self.transform is not None:
            generator.manual_seed(int(torch.randint(2**32, ())))
        self.epoch += 1
        return generator

    def _batches(
        self, order: Tensor | None, generator: torch.Generator
    ) -> Iterator[tuple[Tensor, Tensor]]:
        for batch in range(len(self)):
            rows: slice | Tensor = slice(batch * self.batch_size, (batch + 1) * self.batch_size)
            if order is not None:
                rows = order[rows].to(self.split.X.device)
            X, y = self.split[rows]
            yield (X if self.transform is None else self.transform(X, generator)), y

    def __repr__(self) -> str:
        kind = "shuffled" if self.shuffle else "in order"
        return f"TensorLoader({len(self)} batches of {self.batch_size}, {kind}; {self.split!r})"


def loader(
    split: Split,
    batch_size: int = 128,
    *,
    shuffle: bool = False,
    seed: int | None = None,
    transform: Transform | None = None,
    drop_last: bool = False,
) -> TensorLoader:
    """Return a loader that yields ``(X, y)`` batches; see `TensorLoader`.

    Parameters
    ----------
    split : Split
        What to go through.
    batch_size : int, default 128
        Examples in a batch; the last may be smaller.
    shuffle : bool, default False
        Draw a new order each epoch.
    seed : int, optional
        Makes every epoch reproducible; by default torch's global generator decides.
    transform : callable, optional
        ``transform(X, generator) -> X`` on a whole batch.
    drop_last : bool, default False
        Leave out a last batch that is smaller.

    Returns
    -------
    TensorLoader
        Re-iterable; ``len`` is the number of batches.

    Raises
    ------
    ValueError
        As `TensorLoader`.
    """
    return TensorLoader(
        split, batch_size, shuffle=shuffle, seed=seed, transform=transform, drop_last=drop_last
    )
