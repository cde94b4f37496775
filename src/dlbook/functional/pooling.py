"""Pooling: one number for each window, channel by channel, with nothing to learn.

    max:      y[n, c, i, j] = max_{u, v}  x[n, c, s i + u - p, s j + v - p]
    average:  y[n, c, i, j] = 1/(kh kw) sum_{u, v} x[n, c, s i + u - p, s j + v - p]

As in torch the stride is the window unless given, padding counts as -inf for the maximum and
as zeros (which the average includes) otherwise.

Letters: n examples, c channels, h and w rows and columns, kh and kw the window's.
"""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from dlbook.functional.sizes import Pair, conv_output_size, pair

__all__ = ["avg_pool2d", "max_pool2d"]


def max_pool2d(
    x: Float[Tensor, "n c h w"],
    kernel_size: Pair,
    *,
    stride: Pair | None = None,
    padding: Pair = 0,
) -> Float[Tensor, "n c out_h out_w"]:
    """Take the largest value in each window; its gradient goes to that pixel alone.

    Parameters
    ----------
    x : Tensor, shape (n, c, h, w)
    kernel_size : int or (int, int)
        The window's rows and columns.
    stride : int or (int, int), optional
        Step between windows; the window itself by default, so that they tile the image.
    padding : int or (int, int), default 0
        At most half the window, so that no window lies wholly on padding.

    Returns
    -------
    Tensor, shape (n, c, out_h, out_w)

    Raises
    ------
    ValueError
        If the window does not fit or the padding exceeds half of it.
    """
    patches = _windows(x, kernel_size, stride, padding, value=float("-inf"))
    return patches.flatten(-2).max(dim=-1).values


def avg_pool2d(
    x: Float[Tensor, "n c h w"],
    kernel_size: Pair,
    *,
    stride: Pair | None = None,
    padding: Pair = 0,
) -> Float[Tensor, "n c out_h out_w"]:
    """Take the mean of each window; its gradient is shared equally.

    Parameters
    ----------
    x : Tensor, shape (n, c, h, w)
    kernel_size, stride, padding : int or (int, int)
        As in `max_pool2d`.

    Returns
    -------
    Tensor, shape (n, c, out_h, out_w)

    Raises
    ------
    ValueError
        If the window does not fit or the padding exceeds half of it.
    """
    return _windows(x, kernel_size, stride, padding, value=0.0).mean(dim=(-2, -1))


def _windows(
    x: Tensor, kernel_size: Pair, stride: Pair | None, padding: Pair, value: float
) -> Tensor:
    (kh, kw), p = pair(kernel_size), pair(padding)
    s = (kh, kw) if stride is None else pair(stride)
    if p[0] > kh // 2 or p[1] > kw // 2:
        raise ValueError(
            f"expected padding of at most half the window, {kh // 2} and {kw // 2}, received {p}"
        )
    for size, window, step, pad in zip(x.shape[2:], (kh, kw), s, p, strict=True):
        conv_output_size(size, window, stride=step, padding=pad)
    x = F.pad(x, (p[1], p[1], p[0], p[0]), value=value)
    return x.unfold(2, kh, s[0]).unfold(3, kw, s[1])  # n c out_h out_w kh kw
