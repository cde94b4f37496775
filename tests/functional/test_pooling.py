"""Pooling against torch's: value and gradient, float64, random sizes."""

import random

import pytest
import torch
import torch.nn.functional as F

from dlbook.functional import avg_pool2d, max_pool2d


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize(
    ("mine", "reference"), [(max_pool2d, F.max_pool2d), (avg_pool2d, F.avg_pool2d)]
)
def test_same_as_torch(mine, reference, seed):
    rng = random.Random(seed)
    torch.manual_seed(seed)
    kh, kw = rng.randint(2, 4), rng.randint(2, 4)
    options = {
        "kernel_size": (kh, kw),
        "padding": (rng.randint(0, kh // 2), rng.randint(0, kw // 2)),
    }
    if seed % 2:
        options["stride"] = (rng.randint(1, 4), rng.randint(1, 4))
    x = torch.randn(2, 3, rng.randint(5, 9), rng.randint(5, 9), dtype=torch.float64)
    x.requires_grad_()
    y, expected = mine(x, **options), reference(x, **options)
    torch.testing.assert_close(y, expected)
    v = torch.randn_like(expected)
    torch.testing.assert_close(
        torch.autograd.grad((y * v).sum(), x), torch.autograd.grad((expected * v).sum(), x)
    )


@pytest.mark.parametrize("function", [max_pool2d, avg_pool2d])
def test_rejects(function):
    x = torch.zeros(1, 1, 4, 4)
    with pytest.raises(ValueError, match="at most half"):
        function(x, 2, padding=2)
    with pytest.raises(ValueError, match="at least 5"):
        function(x, 5)
