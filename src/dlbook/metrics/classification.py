"""Measures of a classifier from its scores and the true labels.

Letters: n examples, m classes.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

__all__ = ["accuracy", "confusion_matrix"]


def accuracy(logits: Float[Tensor, "n m"], y: Int[Tensor, " labels"]) -> Float[Tensor, ""]:
    """Return the share of examples whose largest score belongs to the true class.

    Parameters
    ----------
    logits : Tensor, shape (n, m)
        Scores; probabilities do as well, only their order counts.
    y : Tensor of int, shape (n,)
        True classes, from 0 to m - 1.

    Returns
    -------
    Tensor of float32, scalar
        Between 0 and 1, whatever the scores' precision.

    Raises
    ------
    ValueError
        If the shapes do not match or there is no example.
    """
    if logits.ndim != 2 or y.shape != logits.shape[:1] or len(y) == 0:
        raise ValueError(
            f"expected scores (n, m) and labels (n,) with n > 0, "
            f"received {tuple(logits.shape)} and {tuple(y.shape)}"
        )
    # not in the scores' own dtype: bfloat16 would round the share to 1/256
    return (logits.argmax(dim=1) == y).float().mean()


def confusion_matrix(
    y: Int[Tensor, " n"], y_hat: Int[Tensor, " predictions"], *, num_classes: int
) -> Int[Tensor, "m m"]:
    """Count the examples of each true class (rows) by the class predicted (columns).

    Parameters
    ----------
    y, y_hat : Tensor of int, shape (n,)
        True and predicted classes.
    num_classes : int
        m; classes that never occur keep their row and column of zeros.

    Returns
    -------
    Tensor of int64, shape (m, m)
        Its trace counts the correct predictions.

    Raises
    ------
    ValueError
        If the shapes differ or a label is not in 0 ... m - 1.
    """
    if y.shape != y_hat.shape or y.ndim != 1:
        raise ValueError(
            f"expected two vectors of one length, received {tuple(y.shape)} "
            f"and {tuple(y_hat.shape)}"
        )
    both = torch.cat([y, y_hat])
    if len(both) and not (int(both.min()) >= 0 and int(both.max()) < num_classes):
        raise ValueError(
            f"expected labels from 0 to {num_classes - 1}, "
            f"received {int(both.min())} to {int(both.max())}"
        )
    counts = torch.bincount(y.long() * num_classes + y_hat.long(), minlength=num_classes**2)
    return counts.reshape(num_classes, num_classes)
