"""Sizes by arithmetic: positions of a kernel, and what one output unit sees of the image.

Walking from the input, a layer with kernel k, stride s and dilation d turns a receptive field of
r pixels and a jump of j pixels between neighbouring units into

    r + d (k - 1) j   and   s j.

Source: Dumoulin & Visin 2016 for the sizes; the recursion follows from them.
"""

from collections.abc import Iterable

__all__ = ["Pair", "conv_output_size", "pair", "receptive_field"]

Pair = int | tuple[int, int]


def pair(value: Pair) -> tuple[int, int]:
    """Return (rows, columns): an int stands for both.

    Parameters
    ----------
    value : int or (int, int)

    Returns
    -------
    (int, int)
    """
    return (value, value) if isinstance(value, int) else value


def conv_output_size(
    size: int, kernel_size: int, *, stride: int = 1, padding: int = 0, dilation: int = 1
) -> int:
    """Count the positions of a kernel along one axis.

    Parameters
    ----------
    size : int
        Length of the axis, in pixels.
    kernel_size : int
        Taps of the kernel along it.
    stride, padding, dilation : int
        Step between positions, zeros added at each end, step between taps.

    Returns
    -------
    int
        floor((size + 2 padding - span) / stride) + 1 with span = dilation (kernel_size - 1) + 1.

    Raises
    ------
    ValueError
        If an argument is out of range or the kernel does not fit on the padded axis.
    """
    if min(size, kernel_size, stride, dilation) < 1 or padding < 0:
        raise ValueError(
            "expected size, kernel_size, stride, dilation >= 1 and padding >= 0, received "
            f"{size}, {kernel_size}, {stride}, {dilation} and {padding}"
        )
    span = dilation * (kernel_size - 1) + 1
    if size + 2 * padding < span:
        raise ValueError(
            f"expected a padded axis of at least {span} pixels (the kernel's span), "
            f"received {size} + 2 x {padding} = {size + 2 * padding}"
        )
    return (size + 2 * padding - span) // stride + 1


def receptive_field(layers: Iterable[tuple[int, int, int]]) -> tuple[int, int]:
    """Return the receptive field and the jump after a stack of convolutions and poolings.

    Parameters
    ----------
    layers : iterable of (kernel_size, stride, dilation)
        From the input upwards.

    Returns
    -------
    size : int
        Pixels of the input, along one axis, that one output unit depends on.
    jump : int
        Pixels of the input between the fields of neighbouring units.

    Raises
    ------
    ValueError
        If a kernel size, stride or dilation is below 1.
    """
    size, jump = 1, 1
    for kernel_size, stride, dilation in layers:
        if min(kernel_size, stride, dilation) < 1:
            raise ValueError(
                "expected kernel_size, stride and dilation >= 1, "
                f"received {(kernel_size, stride, dilation)}"
            )
        size += dilation * (kernel_size - 1) * jump
        jump *= stride
    return size, jump
