"""Layers: the functions of `dlbook.functional` with the parameters they learn."""

from dlbook.nn import init
from dlbook.nn.conv import Conv2d

__all__ = ["Conv2d", "init"]
