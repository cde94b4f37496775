"""The plain convolutional classifier: convolution, ReLU, pooling, repeated; then dense layers.

With the defaults it is the common first network for 28 x 28 digits, 241,546 parameters:
Conv 32 - pool - Conv 64 - pool - Conv 128 - flatten - Dense 128 - Dense 10. Kernels are 3 x 3
without padding, windows 2 x 2. It ends in logits: the softmax belongs to the loss.
The design goes back to LeNet (LeCun et al. 1998).
"""

from collections.abc import Sequence

from torch import nn

from dlbook.functional.sizes import conv_output_size

__all__ = ["ConvNet"]


class ConvNet(nn.Sequential):
    """Convolutions with ReLU, max pooling between them, one hidden dense layer, logits.

    Maps images (n, in_channels, image_size, image_size) to logits (n, num_classes).

    Parameters
    ----------
    num_classes : int, default 10
    in_channels : int, default 1
    image_size : int, default 28
        Rows and columns of the (square) image.
    channels : sequence of int, default (32, 64, 128)
        Output channels of the convolutions.
    num_hiddens : int, default 128
        Units of the dense layer between feature maps and logits.

    Raises
    ------
    ValueError
        If there is no convolution, or the image is too small for so many.
    """

    def __init__(
        self,
        num_classes: int = 10,
        *,
        in_channels: int = 1,
        image_size: int = 28,
        channels: Sequence[int] = (32, 64, 128),
        num_hiddens: int = 128,
    ) -> None:
        if not channels:
            raise ValueError("expected at least one convolution, received channels=()")
        layers: list[nn.Module] = []
        for depth, out_channels in enumerate(channels):
            if depth:
                layers.append(nn.MaxPool2d(2))
                image_size = conv_output_size(image_size, 2, stride=2)
            layers += [nn.Conv2d(in_channels, out_channels, 3), nn.ReLU()]
            image_size = conv_output_size(image_size, 3)
            in_channels = out_channels
        super().__init__(
            *layers,
            nn.Flatten(),
            nn.Linear(in_channels * image_size**2, num_hiddens),
            nn.ReLU(),
            nn.Linear(num_hiddens, num_classes),
        )
