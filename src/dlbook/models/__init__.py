"""Networks that the book builds, composed from layers."""

from dlbook.models.convnet import ConvNet

__all__ = ["ConvNet"]
