"""Who is trained on, who validates, who tests: two ways to draw the lines.

`evenly_from_each_class` needs no random numbers, so it is the same on every machine and in every
version. `split_rows` is for small tables, where the spread over several seeds matters.
"""

import numpy as np
from jaxtyping import Bool, Int64, Integer, Shaped
from numpy import ndarray
from sklearn.model_selection import train_test_split

__all__ = ["evenly_from_each_class", "split_rows"]


def evenly_from_each_class(y: Integer[ndarray, "n"], size: int) -> Bool[ndarray, "n"]:
    """Mark ``size`` examples, each class in proportion, spread evenly over the order given.

    To hold out a twelfth is to hold out every twelfth example of each class. Proportions are
    rounded to whole examples by largest remainder, so that the total is exact.

    Parameters
    ----------
    y : ndarray of int, shape (n,)
        The class of each example.
    size : int
        How many to mark, from 0 to n.

    Returns
    -------
    ndarray of bool, shape (n,)
        True where an example is held out.

    Raises
    ------
    ValueError
        If size is not from 0 to n.
    """
    if not 0 <= size <= len(y):
        raise ValueError(f"expected a size from 0 to {len(y)}, received {size}")
    classes, counts = np.unique(y, return_counts=True)
    whole, remainders = np.divmod(counts * size, len(y))
    extra = np.argsort(-remainders, kind="stable")[: size - whole.sum()]
    whole[extra] += 1
    held_out = np.zeros(len(y), dtype=bool)
    for label, count in zip(classes, whole, strict=True):
        positions = np.flatnonzero(y == label)
        steps = np.arange(1, count + 1)
        held_out[positions[steps * len(positions) // count - 1]] = True
    return held_out


def split_rows(
    y: Shaped[ndarray, "n"], *, val: float, test: float, seed: int
) -> tuple[Int64[ndarray, "_"], Int64[ndarray, "_"], Int64[ndarray, "_"]]:
    """Draw the row numbers of training, validation and test, stratified where y holds classes.

    Parameters
    ----------
    y : ndarray, shape (n,)
        Classes (integers), or values (floating point), which are not stratified.
    val, test : float
        Fractions of the rows, each greater than 0, together less than 1.
    seed : int
        Equal seeds give equal splits.

    Returns
    -------
    tuple of ndarray
        Row numbers of train, val and test: disjoint, and together all the rows.

    Raises
    ------
    ValueError
        If a fraction is out of range, or too small to hold a row of each class.
    """
    if not (val > 0 and test > 0 and val + test < 1):
        raise ValueError(
            f"expected val > 0, test > 0 and val + test < 1, received val={val}, test={test}"
        )
    has_classes = np.issubdtype(y.dtype, np.integer)

    def take(rows: Int64[ndarray, "_"], fraction: float) -> list[Int64[ndarray, "_"]]:
        size = round(fraction * len(y))
        classes = y[rows] if has_classes else None
        parts = train_test_split(rows, test_size=size, stratify=classes, random_state=seed)
        return list(parts)

    rest, test_rows = take(np.arange(len(y)), test)
    train_rows, val_rows = take(rest, val)
    return train_rows, val_rows, test_rows
