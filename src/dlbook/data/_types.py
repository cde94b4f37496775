"""What a data set is made of: tensors, split three ways, with names and a card.

Letters: n examples, d features, c channels, h height, w width.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, final, overload

import torch
from jaxtyping import Float, Int64, Shaped
from torch import Tensor

from dlbook.data._card import DataCard
from dlbook.data._splits import split_rows

__all__ = ["ImageData", "Split", "Splits", "TableData"]


@final
@dataclass(frozen=True, eq=False)
class Split:
    """Examples and their targets, in step; a map-style data set for torch's DataLoader too.

    ``X, y = split`` unpacks it, ``split[i]`` is one example with its target, and
    ``split[:100]`` is a smaller Split.

    Parameters
    ----------
    X : Tensor, shape (n, ...)
        Examples.
    y : Tensor, shape (n,)
        Classes (int64) or values (floating point).

    Raises
    ------
    ValueError
        If X and y disagree on n.
    """

    X: Shaped[Tensor, "..."]
    y: Shaped[Tensor, "..."]

    def __post_init__(self) -> None:
        if self.X.ndim == 0 or self.y.ndim != 1 or len(self.X) != len(self.y):
            raise ValueError(
                "expected X of shape (n, ...) and y of shape (n,), "
                f"received {tuple(self.X.shape)} and {tuple(self.y.shape)}"
            )

    def __len__(self) -> int:
        return len(self.y)

    def __iter__(self) -> Iterator[Tensor]:
        return iter((self.X, self.y))

    @overload
    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]: ...
    @overload
    def __getitem__(self, index: slice | Tensor) -> "Split": ...
    def __getitem__(self, index: int | slice | Tensor) -> "tuple[Tensor, Tensor] | Split":
        if isinstance(index, int):
            return self.X[index], self.y[index]
        return Split(self.X[index], self.y[index])

    def to(self, target: torch.device | torch.dtype | str) -> "Split":
        """Move both tensors to a device, or the floating-point ones to a dtype.

        Parameters
        ----------
        target : torch.device, torch.dtype or str
            A string names a device.

        Returns
        -------
        Split
            Classes keep their int64 under a dtype.
        """
        if isinstance(target, torch.dtype):
            y = self.y.to(target) if self.y.is_floating_point() else self.y
            return Split(self.X.to(target), y)
        return Split(self.X.to(target), self.y.to(target))

    def __repr__(self) -> str:
        parts = [f"{key}: {_describe(value)}" for key, value in (("X", self.X), ("y", self.y))]
        return f"Split({', '.join(parts)})"


class Splits(NamedTuple):
    """Three splits of one data set.

    Parameters
    ----------
    train : Split
        To fit on.
    val : Split
        To choose by.
    test : Split
        To look at once, when there is nothing left to choose.
    """

    train: Split
    val: Split
    test: Split


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class ImageData:
    """Labelled images in three splits.

    Parameters
    ----------
    train, val, test : Split
        ``X`` is float32 in [0, 1] of shape (n, c, h, w); ``y`` is int64 of shape (n,).
    class_names : tuple of str
        ``class_names[y[i]]`` names example i.
    card : DataCard
        Where the images come from.
    """

    train: Split
    val: Split
    test: Split
    class_names: tuple[str, ...]
    card: DataCard

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name} {len(getattr(self, name)):,}" for name in Splits._fields)
        shape = "x".join(str(side) for side in self.train.X.shape[1:])
        return f"ImageData({self.card.name}: {sizes}; {shape}; {len(self.class_names)} classes)"


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class TableData:
    """A table: one row per example, one column per feature.

    Parameters
    ----------
    X : Tensor, shape (n, d)
        Features in their own units, float64.
    y : Tensor, shape (n,)
        Classes (int64), or values (float64) where ``class_names`` is empty.
    feature_names : tuple of str
        One per column.
    class_names : tuple of str
        One per class; empty for regression.
    card : DataCard
        Where the table comes from.
    """

    X: Float[Tensor, "n d"]
    y: Float[Tensor, "n"] | Int64[Tensor, "n"]
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]
    card: DataCard

    def split(self, *, val: float = 0.15, test: float = 0.15, seed: int = 0) -> Splits:
        """Split the rows at random, class by class where there are classes.

        Parameters
        ----------
        val, test : float, default 0.15
            Fractions of the rows, each greater than 0, together less than 1.
        seed : int, default 0
            Equal seeds give equal splits.

        Returns
        -------
        Splits
            ``train, val, test``, disjoint and together the whole table.

        Raises
        ------
        ValueError
            If a fraction is out of range, or too small to hold a row of each class.
        """
        rows = Split(self.X, self.y)
        y = self.y.numpy()
        train_rows, val_rows, test_rows = (
            torch.from_numpy(part) for part in split_rows(y, val=val, test=test, seed=seed)
        )
        return Splits(rows[train_rows], rows[val_rows], rows[test_rows])

    def __repr__(self) -> str:
        target = f"{len(self.class_names)} classes" if self.class_names else "regression"
        rows, columns = self.X.shape
        return f"TableData({self.card.name}: {rows} rows, {columns} features; {target})"


def _describe(tensor: Tensor) -> str:
    return f"{str(tensor.dtype).removeprefix('torch.')} {tuple(tensor.shape)}"
