"""The convolution layer: `dlbook.functional.conv2d` with a weight and a bias to learn."""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from dlbook.functional.conv import conv2d
from dlbook.functional.sizes import Pair, pair

__all__ = ["Conv2d"]


class Conv2d(nn.Module):
    """Cross-correlation of images with learnt kernels.

    Parameter names, shapes and initial values are those of `torch.nn.Conv2d`.

    Parameters
    ----------
    in_channels, out_channels : int
    kernel_size : int or (int, int)
    stride, padding, dilation : int or (int, int)
    groups : int, default 1
    bias : bool, default True

    Raises
    ------
    ValueError
        If `groups` does not divide both channel numbers.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Pair,
        *,
        stride: Pair = 1,
        padding: Pair = 0,
        dilation: Pair = 1,
        groups: int = 1,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if groups < 1 or in_channels % groups or out_channels % groups:
            raise ValueError(
                f"expected groups to divide {in_channels} and {out_channels}, received {groups}"
            )
        self.stride, self.padding, self.dilation = stride, padding, dilation
        self.groups = groups
        shape = (out_channels, in_channels // groups, *pair(kernel_size))
        bound = 1 / math.sqrt(math.prod(shape[1:]))  # torch's default, from Kaiming uniform
        self.weight = nn.Parameter(torch.empty(shape).uniform_(-bound, bound))
        self.bias = (
            nn.Parameter(torch.empty(out_channels).uniform_(-bound, bound)) if bias else None
        )

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n o out_h out_w"]:
        """Return the feature maps of `x`.

        Parameters
        ----------
        x : Tensor, shape (n, in_channels, h, w)

        Returns
        -------
        Tensor, shape (n, out_channels, out_h, out_w)
        """
        return conv2d(
            x,
            self.weight,
            self.bias,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            groups=self.groups,
        )
