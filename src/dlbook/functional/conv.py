"""Two-dimensional convolution as deep learning means it: cross-correlation.

With stride s, padding p and dilation d, every output channel o sums over all input channels c:

    y[n, o, i, j] = b[o] + sum_{c, u, v} w[o, c, u, v] x[n, c, s i + d u - p, s j + d v - p]

A convolution in the mathematician's sense would flip the kernel first. A network learns its
kernels, so the flip would change nothing but the order in which they are stored.

Three routes to the same numbers: `conv2d` gathers patches and multiplies matrices (and knows
groups and dilation), `conv2d_loops` is the formula read aloud, `conv2d_fft` multiplies spectra.
`conv_transpose2d` is the adjoint: <conv2d(x), y> = <x, conv_transpose2d(y)>.

Letters: n examples, c input channels, o output channels, h and w rows and columns,
kh and kw the kernel's rows and columns, p = positions of the kernel on the image.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from dlbook.functional.sizes import Pair, conv_output_size, pair

__all__ = [
    "conv2d",
    "conv2d_fft",
    "conv2d_loops",
    "conv_transpose2d",
    "unfold",
]


def unfold(
    x: Float[Tensor, "n c h w"],
    kernel_size: Pair,
    *,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
) -> Float[Tensor, "n taps p"]:
    """Lay every patch under the kernel out as a column (im2col).

    Parameters
    ----------
    x : Tensor, shape (n, c, h, w)
    kernel_size, stride, padding, dilation : int or (int, int)
        As in `conv_output_size`, for rows and columns.

    Returns
    -------
    Tensor, shape (n, c kh kw, p)
        Column i j holds the c kh kw pixels under the kernel at row i and column j.

    Raises
    ------
    ValueError
        If the kernel does not fit (see `conv_output_size`).
    """
    (kh, kw), s, p, d = pair(kernel_size), pair(stride), pair(padding), pair(dilation)
    n, c, h, w = x.shape
    out_h = conv_output_size(h, kh, stride=s[0], padding=p[0], dilation=d[0])
    out_w = conv_output_size(w, kw, stride=s[1], padding=p[1], dilation=d[1])
    x = F.pad(x, (p[1], p[1], p[0], p[0]))

    rows = _places(kh, out_h, s[0], d[0], x)[:, None, :, None]  # kh 1 i 1
    columns = _places(kw, out_w, s[1], d[1], x)[None, :, None, :]  # 1 kw 1 j
    return x[:, :, rows, columns].reshape(n, c * kh * kw, out_h * out_w)


def conv2d(
    x: Float[Tensor, "n c h w"],
    weight: Float[Tensor, "o c_per_group kh kw"],
    bias: Float[Tensor, " o"] | None = None,
    *,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> Float[Tensor, "n o out_h out_w"]:
    """Cross-correlate images with kernels: patches as columns, then one matrix product a group.

    Parameters
    ----------
    x : Tensor, shape (n, c, h, w)
    weight : Tensor, shape (o, c / groups, kh, kw)
    bias : Tensor, shape (o,), optional
    stride, padding, dilation : int or (int, int)
        As in `conv_output_size`, for rows and columns.
    groups : int, default 1
        Channels fall into this many groups that do not see one another; `groups=c` is depthwise.

    Returns
    -------
    Tensor, shape (n, o, out_h, out_w)

    Raises
    ------
    ValueError
        If channels and groups do not match or the kernel does not fit.
    """
    n, c, h, w = x.shape
    o, c_per_group, kh, kw = weight.shape
    _check_channels(c, o, c_per_group, groups)
    s, p, d = pair(stride), pair(padding), pair(dilation)
    out_h = conv_output_size(h, kh, stride=s[0], padding=p[0], dilation=d[0])
    out_w = conv_output_size(w, kw, stride=s[1], padding=p[1], dilation=d[1])
    patches = unfold(x, (kh, kw), stride=s, padding=p, dilation=d)
    patches = patches.reshape(n, groups, c_per_group * kh * kw, out_h * out_w)  # n g taps p
    kernels = weight.reshape(groups, o // groups, c_per_group * kh * kw)  # g o/g taps
    y = (kernels @ patches).reshape(n, o, out_h, out_w)
    return y if bias is None else y + bias[:, None, None]


def conv2d_loops(
    x: Float[Tensor, "n c h w"],
    weight: Float[Tensor, "o c_in kh kw"],
    bias: Float[Tensor, " o"] | None = None,
    *,
    stride: int = 1,
    padding: int = 0,
) -> Float[Tensor, "n o out_h out_w"]:
    """Cross-correlate by moving the kernel one position at a time: the formula, and slow.

    Parameters
    ----------
    x : Tensor, shape (n, c, h, w)
    weight : Tensor, shape (o, c, kh, kw)
    bias : Tensor, shape (o,), optional
    stride, padding : int
        As in `conv_output_size`, alike for rows and columns.

    Returns
    -------
    Tensor, shape (n, o, out_h, out_w)

    Raises
    ------
    ValueError
        If the channels do not match or the kernel does not fit.
    """
    n, c, h, w = x.shape
    o, c_in, kh, kw = weight.shape
    _check_channels(c, o, c_in, 1)
    out_h = conv_output_size(h, kh, stride=stride, padding=padding)
    out_w = conv_output_size(w, kw, stride=stride, padding=padding)
    x = F.pad(x, (padding, padding, padding, padding))
    y = x.new_zeros(n, o, out_h, out_w)
    for i in range(out_h):
        for j in range(out_w):
            top, left = i * stride, j * stride
            patch = x[:, None, :, top : top + kh, left : left + kw]  # n 1 c kh kw
            y[:, :, i, j] = (patch * weight).sum(dim=(2, 3, 4))
    return y if bias is None else y + bias[:, None, None]


def conv2d_fft(
    x: Float[Tensor, "n c h w"],
    weight: Float[Tensor, "o c_in kh kw"],
    bias: Float[Tensor, " o"] | None = None,
    *,
    padding: int = 0,
) -> Float[Tensor, "n o out_h out_w"]:
    """Cross-correlate by the correlation theorem: the spectrum of x times w's conjugate.

    The product belongs to a circular correlation; the positions where the kernel does not wrap
    round are the wanted ones. Pays off for kernels of tens of pixels, not for 3 x 3.

    Parameters
    ----------
    x : Tensor, shape (n, c, h, w)
    weight : Tensor, shape (o, c, kh, kw)
    bias : Tensor, shape (o,), optional
    padding : int, default 0
        Zeros added at each end.

    Returns
    -------
    Tensor, shape (n, o, out_h, out_w)

    Raises
    ------
    ValueError
        If the channels do not match or the kernel does not fit.
    """
    _, c, h, w = x.shape
    o, c_in, kh, kw = weight.shape
    _check_channels(c, o, c_in, 1)
    out_h = conv_output_size(h, kh, padding=padding)
    out_w = conv_output_size(w, kw, padding=padding)
    x = F.pad(x, (padding, padding, padding, padding))
    size = (x.shape[2], x.shape[3])
    spectrum = torch.einsum(
        "ncij,ocij->noij", torch.fft.rfft2(x), torch.fft.rfft2(weight, s=size).conj()
    )
    y: Tensor = torch.fft.irfft2(spectrum, s=size)[:, :, :out_h, :out_w]
    return y if bias is None else y + bias[:, None, None]


def conv_transpose2d(
    x: Float[Tensor, "n c h w"],
    weight: Float[Tensor, "c_in o kh kw"],
    bias: Float[Tensor, " o"] | None = None,
    *,
    stride: int = 1,
    padding: int = 0,
    output_padding: int = 0,
) -> Float[Tensor, "n o out_h out_w"]:
    """Apply the adjoint of `conv2d`: every input pixel stamps the kernel onto the output.

    Not an inverse: it restores the shape that a convolution had taken in, not the values.

    Parameters
    ----------
    x : Tensor, shape (n, c, h, w)
    weight : Tensor, shape (c, o, kh, kw)
        A convolution's weight from o to c channels, unchanged.
    bias : Tensor, shape (o,), optional
    stride, padding : int
        Those of the convolution whose adjoint this is.
    output_padding : int, default 0
        Rows and columns added at the bottom and right; less than `stride`. Says which of the
        sizes that a strided convolution maps to h by w is meant.

    Returns
    -------
    Tensor, shape (n, o, out_h, out_w)
        out_h = (h - 1) stride - 2 padding + kh + output_padding.

    Raises
    ------
    ValueError
        If channels do not match, `output_padding` is out of range or the output is empty.
    """
    n, c, h, w = x.shape
    c_in, o, kh, kw = weight.shape
    if c != c_in:
        raise ValueError(f"expected {c_in} input channels (weight's first axis), received {c}")
    if not 0 <= output_padding < stride:
        raise ValueError(f"expected 0 <= output_padding < {stride}, received {output_padding}")
    full_h = (h - 1) * stride + kh + output_padding
    full_w = (w - 1) * stride + kw + output_padding
    if min(full_h, full_w) <= 2 * padding:
        raise ValueError(
            f"expected 2 x padding below {min(full_h, full_w)}, the stamped output's smaller "
            f"side, received {2 * padding}"
        )
    y = x.new_zeros(n, o, full_h, full_w)
    for u in range(kh):
        for v in range(kw):
            stamp = torch.einsum("ncij,co->noij", x, weight[:, :, u, v])
            y[:, :, u : u + h * stride : stride, v : v + w * stride : stride] += stamp
    y = y[:, :, padding : full_h - padding, padding : full_w - padding]
    return y if bias is None else y + bias[:, None, None]


def _check_channels(c: int, o: int, c_per_group: int, groups: int) -> None:
    if groups < 1 or c != c_per_group * groups or o % groups:
        raise ValueError(
            f"expected {c_per_group} x groups = {c_per_group * groups} input channels and output "
            f"channels divisible by groups={groups}, received {c} and {o}"
        )


def _places(taps: int, positions: int, stride: int, dilation: int, like: Tensor) -> Tensor:
    """Return the pixel under each tap at each position, shape (taps, positions)."""
    start = stride * torch.arange(positions, device=like.device)
    return dilation * torch.arange(taps, device=like.device)[:, None] + start
