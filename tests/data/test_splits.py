"""Splits are disjoint, complete, in proportion, and the same each time."""

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from dlbook import data
from dlbook.data._splits import evenly_from_each_class, split_rows


@pytest.fixture
def split():
    return data.Split(torch.randn(7, 2, 3), torch.arange(7))


@pytest.mark.parametrize("seed", range(5))
def test_evenly_from_each_class_against_one_class_at_a_time(seed):
    rng = np.random.default_rng(seed)
    y = rng.integers(rng.integers(1, 6), size=rng.integers(1, 200)) * 3
    size = int(rng.integers(len(y) + 1))
    held_out = evenly_from_each_class(y, size)
    assert held_out.sum() == size
    for label in np.unique(y):
        of_class = held_out[y == label]
        share = len(of_class) * size / len(y)
        assert abs(of_class.sum() - share) < 1
        gaps = np.diff(np.flatnonzero(of_class))
        assert gaps.size == 0 or np.ptp(gaps) <= 1


def test_evenly_from_each_class_gives_what_is_left_to_the_largest_remainder():
    y = np.array([0] * 5 + [1] * 3 + [2] * 2)
    counts = [evenly_from_each_class(y, 4)[y == label].sum() for label in range(3)]
    assert counts == [2, 1, 1]  # 2, 1.2 and 0.8


@pytest.mark.parametrize("size", [-1, 4])
def test_evenly_from_each_class_refuses_an_impossible_size(size):
    with pytest.raises(ValueError, match=f"expected a size from 0 to 3, received {size}"):
        evenly_from_each_class(np.zeros(3, dtype=int), size)


@pytest.mark.parametrize("kind", [np.int64, np.float64])
def test_split_rows_is_a_partition_of_the_sizes_asked_for(kind):
    y = np.repeat(np.arange(4), 25).astype(kind)
    train, val, test = split_rows(y, val=0.2, test=0.12, seed=3)
    assert [len(part) for part in (train, val, test)] == [68, 20, 12]
    assert sorted(np.concatenate([train, val, test])) == list(range(100))


def test_split_rows_is_stratified():
    y = np.repeat(np.arange(4), 25)
    for part in split_rows(y, val=0.2, test=0.12, seed=3):
        assert np.ptp(np.bincount(y[part])) == 0


def test_split_rows_depends_on_the_seed_alone():
    y = np.repeat(np.arange(4), 25)
    first, again, other = (split_rows(y, val=0.2, test=0.2, seed=seed) for seed in (0, 0, 1))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(np.sort(first[2]), np.sort(other[2]))


@pytest.mark.parametrize(("val", "test"), [(0, 0.1), (0.1, 0), (0.5, 0.5), (-0.1, 0.2)])
def test_split_rows_refuses_impossible_fractions(val, test):
    with pytest.raises(ValueError, match=r"expected val > 0, test > 0 and val \+ test < 1"):
        split_rows(np.zeros(20, dtype=int), val=val, test=test, seed=0)


def test_split_unpacks_indexes_and_slices(split):
    X, y = split
    assert X is split.X
    assert y is split.y
    assert len(split) == 7
    x3, y3 = split[3]
    assert torch.equal(x3, split.X[3])
    assert y3 == 3
    assert split[2:4].y.tolist() == [2, 3]
    assert split[torch.tensor([5, 1])].y.tolist() == [5, 1]
    assert split[split.y > 4].y.tolist() == [5, 6]


def test_split_serves_torch_loader(split):
    batches = list(DataLoader(split, batch_size=3))
    assert torch.equal(torch.cat([X for X, _ in batches]), split.X)
    assert torch.equal(torch.cat([y for _, y in batches]), split.y)


def test_split_moves():
    split = data.Split(torch.zeros(2, 3), torch.zeros(2))
    assert (split.to(torch.float64).X.dtype, split.to(torch.float64).y.dtype) == (
        torch.float64,
    ) * 2
    classes = data.Split(torch.zeros(2, 3), torch.zeros(2, dtype=torch.int64))
    assert classes.to(torch.float64).y.dtype == torch.int64
    assert (classes.to("meta").X.device.type, classes.to("meta").y.device.type) == ("meta",) * 2


@pytest.mark.parametrize(
    ("X", "y"), [((3, 2), (2,)), ((3, 2), (3, 1)), ((), (1,))], ids=["n", "axes", "scalar"]
)
def test_split_refuses_what_is_out_of_step(X, y):
    with pytest.raises(ValueError, match="expected X of shape"):
        data.Split(torch.zeros(X), torch.zeros(y))


def test_split_repr(split):
    assert repr(split) == "Split(X: float32 (7, 2, 3), y: int64 (7,))"
