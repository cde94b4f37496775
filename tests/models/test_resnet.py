"""The small residual network."""

import pytest
import torch
from torch import nn

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


def test_same_as_the_layers_written_out():
    def block(c, o, k, s):
        convolution = nn.Conv2d(c, o, k, s, padding=k // 2, bias=False)
        return [convolution, nn.BatchNorm2d(o), nn.ReLU()]

    class Plus(nn.Sequential):
        def forward(self, x):
            return x + super().forward(x)

    written_out = nn.Sequential(
        *block(2, 4, 5, 2),
        Plus(*block(4, 4, 3, 1)),
        *block(4, 6, 3, 2),
        Plus(*block(6, 6, 3, 1)),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(6, 7),
    ).double()
    torch.manual_seed(0)
    model = ResNet(7, in_channels=2, channels=(4, 6)).double()
    values = model.state_dict().values()
    written_out.load_state_dict(dict(zip(written_out.state_dict(), values, strict=True)))
    x, y = torch.randn(5, 2, 11, 9).double(), torch.tensor([0, 6, 3, 3, 1])
    logits, expected = model(x), written_out(x)
    torch.testing.assert_close(logits, expected)
    gradients, others = (
        torch.autograd.grad(nn.functional.cross_entropy(z, y), list(m.parameters()))
        for z, m in ((logits, model), (expected, written_out))
    )
    torch.testing.assert_close(gradients, others)


def test_residual_adds_its_input():
    block = Residual(3)
    nn.init.zeros_(block.body[0].weight)
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
