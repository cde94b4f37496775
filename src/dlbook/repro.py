"""Where a chapter runs, with which seed, and at which size."""

import os
import platform
import random
from typing import TypeVar

import numpy as np
import torch

from dlbook import __version__

__all__ = ["device", "pick", "seed_all", "summary"]

T = TypeVar("T")


def device() -> torch.device:
    """Return the device that chapters run on: CUDA where there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def seed_all(seed: int = 0) -> None:
    """Seed the random numbers of Python, NumPy and PyTorch (on every device).

    Equal seeds give equal numbers on one machine with one set of versions. Across machines,
    sums are added in another order, so trained results agree only to a few digits.

    Parameters
    ----------
    seed : int, default 0
        From 0 to 2**32 - 1, the range that NumPy accepts.

    Raises
    ------
    ValueError
        If the seed is outside that range.
    """
    if not 0 <= seed < 2**32:
        raise ValueError(f"expected a seed from 0 to 2**32 - 1, received {seed}")
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002  (libraries still draw from the global generator)
    torch.manual_seed(seed)


def pick(*, cpu: T, cuda: T) -> T:
    """Choose a run's size by device, so that one text serves a laptop and a GPU.

    Parameters
    ----------
    cpu, cuda : T
        The value on a CPU, and on a CUDA device.

    Returns
    -------
    T
        One of the two.
    """
    return cuda if device().type == "cuda" else cpu


def summary() -> str:
    """Describe in one line what a chapter ran on: versions, device and threads."""
    where = device()
    if where.type == "cuda":
        machine = torch.cuda.get_device_name(where)
    else:
        threads = torch.get_num_threads()
        machine = f"CPU, {threads} of {os.cpu_count()} cores"
    return (
        f"dlbook {__version__} · Python {platform.python_version()} · "
        f"torch {torch.__version__} · {machine}"
    )
