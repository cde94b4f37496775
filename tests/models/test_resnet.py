"""The small residual network."""

import pytest
import torch

from dlbook.models import Residual, ResNet, conv_bn


def test_parameters():
    assert sum(p.numel() for p in ResNet().parameters()) == 288_682


@pytest.mark.parametrize(
    ("h", "w", "channels"), [(28, 28, (4, 6, 8)), (17, 9, (3,)), (1, 1, (3, 5))]
)
def test_shapes_and_gradients(h, w, channels):
    model = ResNet(7, in_channels=2, channels=channels)
    logits = model(torch.randn(3, 2, h, w))
    assert logits.shape == (3, 7)
    logits.square().sum().backward()
    assert all(p.grad is not None for p in model.parameters())


def test_residual_adds_its_input():
    block = Residual(3)
    torch.nn.init.zeros_(block.body[0].weight)
    x = torch.randn(2, 3, 5, 5)
    torch.testing.assert_close(block(x), x)


def test_an_example_stands_alone_in_evaluation_mode():
    model = ResNet(channels=(4, 4)).eval()
    x = torch.randn(5, 1, 12, 12)
    torch.testing.assert_close(model(x)[:1], model(x[:1]))


def test_rejects():
    with pytest.raises(ValueError, match="at least one stage"):
        ResNet(channels=())
    with pytest.raises(ValueError, match="odd"):
        conv_bn(1, 2, 4)
