"""From bytes on disk to an ImageData."""

from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool, UInt8
from numpy import ndarray

from dlbook.data._types import Split

__all__ = ["FILES", "image_split", "train_and_val"]

FILES = Path(__file__).parent / "files"


def image_split(images: UInt8[ndarray, "n h w"], labels: UInt8[ndarray, "n"]) -> Split:
    """Turn grey bytes (0 to 255) into float32 from 0 to 1 with a channel axis.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, h, w)
        Grey levels.
    labels : ndarray of uint8, shape (n,)
        Classes.

    Returns
    -------
    Split
        X float32 of shape (n, 1, h, w), y int64 of shape (n,).
    """
    X = np.divide(images, 255, dtype=np.float32)[:, None]  # (n, 1, h, w)
    return Split(torch.from_numpy(X), torch.from_numpy(labels.astype(np.int64)))


def train_and_val(
    images: UInt8[ndarray, "n h w"], labels: UInt8[ndarray, "n"], held_out: Bool[ndarray, "n"]
) -> tuple[Split, Split]:
    """Return the examples that are not held out, and those that are, in their order.

    Parameters
    ----------
    images : (n, h, w)
    labels : (n,)
    held_out : (n,)
        True where an example belongs to the second split.

    Returns
    -------
    train, val : Split
    """
    return (
        image_split(images[~held_out], labels[~held_out]),
        image_split(images[held_out], labels[held_out]),
    )
