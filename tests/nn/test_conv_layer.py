"""The convolution layer and the initialisers against torch's."""

import pytest
import torch

from dlbook import nn

CONFIGURATIONS = [
    ((1, 4, 3), {}),
    ((6, 4, (3, 2)), {"stride": 2, "padding": 1, "groups": 2}),
    ((4, 4, 3), {"dilation": 2, "groups": 4, "bias": False}),
]


@pytest.mark.parametrize(("sizes", "options"), CONFIGURATIONS)
def test_same_as_torch(sizes, options):
    reference = torch.nn.Conv2d(*sizes, **options).double()
    mine = nn.Conv2d(*sizes, **options).double()
    mine.load_state_dict(reference.state_dict())
    x = torch.randn(2, sizes[0], 9, 8, dtype=torch.float64)
    y, expected = mine(x), reference(x)
    torch.testing.assert_close(y, expected)
    v = torch.randn_like(expected)
    (y * v).sum().backward()
    (expected * v).sum().backward()
    for (name, p), (other, q) in zip(
        mine.named_parameters(), reference.named_parameters(), strict=True
    ):
        assert name == other
        torch.testing.assert_close(p.grad, q.grad)


@pytest.mark.parametrize(("sizes", "options"), CONFIGURATIONS)
def test_same_initial_values(sizes, options):
    torch.manual_seed(3)
    reference = torch.nn.Conv2d(*sizes, **options)
    torch.manual_seed(3)
    mine = nn.Conv2d(*sizes, **options)
    for p, q in zip(mine.parameters(), reference.parameters(), strict=True):
        torch.testing.assert_close(p, q)


def test_wrong_groups():
    with pytest.raises(ValueError, match="divide 3 and 4"):
        nn.Conv2d(3, 4, 3, groups=2)


@pytest.mark.parametrize("shape", [(5, 3), (8, 4, 3, 3), (2, 6, 5, 1)])
def test_initialisers(shape):
    for mine, reference in [
        (nn.init.xavier_normal_, torch.nn.init.xavier_normal_),
        (
            nn.init.kaiming_normal_,
            lambda w: torch.nn.init.kaiming_normal_(w, nonlinearity="relu"),
        ),
    ]:
        torch.manual_seed(1)
        expected = reference(torch.empty(shape))
        torch.manual_seed(1)
        weight = torch.nn.Parameter(torch.empty(shape))
        assert mine(weight) is weight
        torch.testing.assert_close(weight.detach(), expected)


def test_fans():
    assert nn.init.fans(torch.empty(8, 4, 3, 5)) == (60, 120)
    with pytest.raises(ValueError, match="two axes"):
        nn.init.fans(torch.empty(3))
