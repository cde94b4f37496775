"""Seeds, devices, sizes."""

import random

import numpy as np
import pytest
import torch

from dlbook import repro


def draw() -> tuple[float, float, float]:
    return random.random(), float(np.random.rand()), torch.rand(()).item()  # noqa: NPY002


def test_seed_all_repeats_every_generator():
    repro.seed_all(3)
    first = draw()
    assert draw() != first
    repro.seed_all(3)
    assert draw() == first
    repro.seed_all(4)
    assert all(a != b for a, b in zip(draw(), first, strict=True))


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_seed_all_refuses_what_numpy_cannot_take(seed):
    with pytest.raises(ValueError, match=str(seed)):
        repro.seed_all(seed)


@pytest.mark.parametrize(("cuda", "expected"), [(False, "small"), (True, "large")])
def test_pick_follows_the_device(monkeypatch, cuda, expected):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    assert repro.device().type == ("cuda" if cuda else "cpu")
    assert repro.pick(cpu="small", cuda="large") == expected


def test_summary_is_one_line_with_versions():
    line = repro.summary()
    assert "\n" not in line
    assert torch.__version__ in line
