"""The plain convolutional classifier."""

import pytest
import torch

from dlbook.models import ConvNet


def test_parameters():
    expected = [320, 18_496, 73_856, 147_584, 1_290]
    layers = [sum(p.numel() for p in layer.parameters()) for layer in ConvNet()]
    assert [n for n in layers if n] == expected
    assert sum(expected) == 241_546


@pytest.mark.parametrize(
    ("image_size", "channels"), [(28, (32, 64, 128)), (9, (4, 5)), (5, (2,)), (41, (2, 3, 4))]
)
def test_shapes_and_gradients(image_size, channels):
    model = ConvNet(7, in_channels=2, image_size=image_size, channels=channels, num_hiddens=6)
    logits = model(torch.randn(3, 2, image_size, image_size))
    assert logits.shape == (3, 7)
    logits.sum().backward()
    assert all(p.grad is not None and p.grad.any() for p in model.parameters())


def test_logits_are_not_probabilities():
    torch.manual_seed(0)
    logits = ConvNet()(torch.randn(4, 1, 28, 28))
    assert (logits < 0).any()


def test_rejects():
    with pytest.raises(ValueError, match="at least one"):
        ConvNet(channels=())
    with pytest.raises(ValueError, match="at least 3 pixels"):
        ConvNet(channels=(4, 4, 4, 4))
