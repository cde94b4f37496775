"""Initial weights whose scale keeps the variance of signals alike through depth.

    Xavier/Glorot  Var w = 2 / (fan_in + fan_out)   Glorot & Bengio 2010, for linear or tanh units
    He/Kaiming     Var w = 2 / fan_in               He et al. 2015, for ReLU

The functions fill a tensor in place and draw the same numbers as torch.nn.init under one seed.
"""

import math

import torch
from torch import Tensor

__all__ = ["fans", "kaiming_normal_", "xavier_normal_"]


def fans(weight: Tensor) -> tuple[int, int]:
    """Count the inputs that one output sums over, and the outputs that one input feeds.

    Parameters
    ----------
    weight : Tensor, shape (out, in, ...)
        A linear layer's weight, or a convolution's with the kernel's axes behind.

    Returns
    -------
    fan_in, fan_out : int

    Raises
    ------
    ValueError
        If the tensor has fewer than two axes.
    """
    if weight.ndim < 2:
        raise ValueError(f"expected at least two axes, received shape {tuple(weight.shape)}")
    taps = math.prod(weight.shape[2:])
    return weight.shape[1] * taps, weight.shape[0] * taps


@torch.no_grad()
def xavier_normal_(weight: Tensor) -> Tensor:
    """Fill with normal numbers of variance 2 / (fan_in + fan_out).

    Parameters
    ----------
    weight : Tensor, shape (out, in, ...)

    Returns
    -------
    Tensor
        The same tensor.
    """
    fan_in, fan_out = fans(weight)
    return weight.normal_(0.0, math.sqrt(2 / (fan_in + fan_out)))


@torch.no_grad()
def kaiming_normal_(weight: Tensor) -> Tensor:
    """Fill with normal numbers of variance 2 / fan_in; half of a ReLU's inputs pass, hence the 2.

    Equals `torch.nn.init.kaiming_normal_(weight, nonlinearity="relu")`.

    Parameters
    ----------
    weight : Tensor, shape (out, in, ...)

    Returns
    -------
    Tensor
        The same tensor.
    """
    fan_in, _ = fans(weight)
    return weight.normal_(0.0, math.sqrt(2 / fan_in))
