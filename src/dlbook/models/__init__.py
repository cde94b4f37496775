"""Networks that the book builds, composed from layers."""

from dlbook.models.convnet import ConvNet
from dlbook.models.resnet import Residual, ResNet, conv_bn

__all__ = ["ConvNet", "ResNet", "Residual", "conv_bn"]
