"""Convolutions against torch's: value and gradient, float64, random sizes."""

import random

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from dlbook.functional import (
    conv2d,
    conv2d_fft,
    conv2d_loops,
    conv_output_size,
    conv_transpose2d,
    receptive_field,
    unfold,
)


def same(mine, reference, *inputs: Tensor) -> None:
    """Compare values, then gradients of one random projection."""
    inputs = tuple(x.requires_grad_() for x in inputs)
    y, expected = mine(*inputs), reference(*inputs)
    torch.testing.assert_close(y, expected)
    v = torch.randn_like(expected)
    torch.testing.assert_close(
        torch.autograd.grad((y * v).sum(), inputs),
        torch.autograd.grad((expected * v).sum(), inputs),
    )


def draw(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64)


@pytest.mark.parametrize("seed", range(12))
def test_conv2d(seed):
    rng = random.Random(seed)
    torch.manual_seed(seed)
    groups, per_group = rng.randint(1, 3), rng.randint(1, 3)
    c, o = groups * per_group, groups * rng.randint(1, 3)
    kh, kw = rng.randint(1, 4), rng.randint(1, 4)
    options = {
        "stride": (rng.randint(1, 3), rng.randint(1, 3)),
        "padding": (rng.randint(0, 2), rng.randint(0, 2)),
        "dilation": (rng.randint(1, 2), rng.randint(1, 3)),
        "groups": groups,
    }
    x = draw(rng.randint(1, 3), c, rng.randint(8, 13), rng.randint(10, 14))
    same(
        lambda x, w, b: conv2d(x, w, b, **options),
        lambda x, w, b: F.conv2d(x, w, b, **options),
        x,
        draw(o, per_group, kh, kw),
        draw(o),
    )


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    ("function", "strided"), [(conv2d, True), (conv2d_loops, True), (conv2d_fft, False)]
)
def test_three_routes(function, strided, seed):
    rng = random.Random(seed)
    torch.manual_seed(seed)
    c, o, kh, kw = (rng.randint(1, 4) for _ in range(4))
    options = {"padding": rng.randint(0, 2)} | ({"stride": rng.randint(1, 3)} if strided else {})
    x, w, b = draw(2, c, rng.randint(4, 9), rng.randint(4, 9)), draw(o, c, kh, kw), draw(o)
    same(
        lambda x, w, b: function(x, w, b, **options),
        lambda x, w, b: F.conv2d(x, w, b, **options),
        x,
        w,
        b,
    )
    same(lambda x, w: function(x, w, **options), lambda x, w: F.conv2d(x, w, **options), x, w)


@pytest.mark.parametrize("seed", range(6))
def test_unfold(seed):
    rng = random.Random(seed)
    options = {
        "kernel_size": (rng.randint(1, 3), rng.randint(1, 3)),
        "stride": (rng.randint(1, 3), rng.randint(1, 3)),
        "padding": (rng.randint(0, 2), rng.randint(0, 2)),
        "dilation": (rng.randint(1, 2), rng.randint(1, 2)),
    }
    x = draw(2, rng.randint(1, 3), 7, 9)
    same(lambda x: unfold(x, **options), lambda x: F.unfold(x, **options), x)


@pytest.mark.parametrize("seed", range(10))
def test_conv_transpose2d(seed):
    rng = random.Random(seed)
    torch.manual_seed(seed)
    stride = rng.randint(1, 3)
    c, o, kh, kw = rng.randint(1, 3), rng.randint(1, 3), rng.randint(2, 4), rng.randint(2, 4)
    options = {
        "stride": stride,
        "padding": rng.randint(0, 1),
        "output_padding": rng.randint(0, stride - 1),
    }
    x, w, b = draw(2, c, rng.randint(2, 5), rng.randint(2, 5)), draw(c, o, kh, kw), draw(o)
    same(
        lambda x, w, b: conv_transpose2d(x, w, b, **options),
        lambda x, w, b: F.conv_transpose2d(x, w, b, **options),
        x,
        w,
        b,
    )
    same(
        lambda x, w: conv_transpose2d(x, w, **options),
        lambda x, w: F.conv_transpose2d(x, w, **options),
        x,
        w,
    )


def test_transpose_is_the_adjoint():
    x, w, y = draw(2, 3, 9, 9), draw(4, 3, 3, 3), draw(2, 4, 5, 5)
    left = (conv2d(x, w, stride=2, padding=1) * y).sum()
    right = (x * conv_transpose2d(y, w, stride=2, padding=1)).sum()
    torch.testing.assert_close(left, right)


@pytest.mark.parametrize("seed", range(20))
def test_output_size(seed):
    rng = random.Random(seed)
    size, k = rng.randint(8, 20), rng.randint(1, 4)
    options = {
        "stride": rng.randint(1, 4),
        "padding": rng.randint(0, 2),
        "dilation": rng.randint(1, 2),
    }
    y = F.conv2d(torch.ones(1, 1, size, size), torch.ones(1, 1, k, k), **options)
    assert conv_output_size(size, k, **options) == y.shape[-1]


@pytest.mark.parametrize("seed", range(8))
def test_receptive_field_by_gradient(seed):
    rng = random.Random(seed)
    layers = [
        (rng.randint(1, 4), rng.randint(1, 2), rng.randint(1, 3)) for _ in range(rng.randint(1, 4))
    ]
    x = torch.ones(1, 1, 150, 150, dtype=torch.float64, requires_grad=True)
    y = x
    for k, stride, dilation in layers:
        y = F.conv2d(y, y.new_ones(1, 1, k, k), stride=stride, dilation=dilation)
    edges = []
    for unit in (0, 1):
        (gradient,) = torch.autograd.grad(y[0, 0, 0, unit], x, retain_graph=True)
        columns = gradient[0, 0].sum(0).nonzero().ravel()
        edges.append((int(columns[0]), int(columns[-1])))
    size, jump = receptive_field(layers)
    assert size == edges[0][1] - edges[0][0] + 1
    assert jump == edges[1][0] - edges[0][0]


@pytest.mark.parametrize("function", [conv2d, conv2d_loops, conv2d_fft])
def test_wrong_channels(function):
    with pytest.raises(ValueError, match="input channels"):
        function(draw(1, 2, 5, 5), draw(1, 3, 3, 3))


@pytest.mark.parametrize("function", [conv2d, conv2d_loops, conv2d_fft])
def test_kernel_too_large(function):
    with pytest.raises(ValueError, match="at least 6 pixels"):
        function(draw(1, 1, 5, 5), draw(1, 1, 6, 6))


@pytest.mark.parametrize(("c", "o", "groups"), [(4, 3, 2), (3, 4, 2), (4, 4, 0)])
def test_wrong_groups(c, o, groups):
    with pytest.raises(ValueError, match="groups"):
        conv2d(draw(1, c, 5, 5), draw(o, 2, 3, 3), groups=groups)


def test_transpose_rejects():
    with pytest.raises(ValueError, match="input channels"):
        conv_transpose2d(draw(1, 2, 5, 5), draw(3, 1, 3, 3))
    with pytest.raises(ValueError, match="output_padding"):
        conv_transpose2d(draw(1, 2, 5, 5), draw(2, 1, 3, 3), output_padding=1)
    with pytest.raises(ValueError, match="padding"):
        conv_transpose2d(draw(1, 2, 1, 1), draw(2, 1, 2, 2), padding=1)


@pytest.mark.parametrize(
    "wrong", [{"stride": 0}, {"dilation": 0}, {"padding": -1}, {"kernel_size": 0}]
)
def test_output_size_rejects(wrong):
    with pytest.raises(ValueError, match="expected size"):
        conv_output_size(**({"size": 5, "kernel_size": 3} | wrong))


def test_receptive_field_rejects():
    with pytest.raises(ValueError, match="expected kernel_size"):
        receptive_field([(3, 1, 1), (3, 0, 1)])


def test_an_empty_batch_stays_empty():
    x, w = torch.zeros(0, 4, 7, 6), torch.zeros(6, 2, 3, 2)
    expected = F.conv2d(x, w, stride=2, groups=2)
    assert conv2d(x, w, stride=2, groups=2).shape == expected.shape
    assert unfold(x, 3).shape == F.unfold(x[:0], 3).shape
