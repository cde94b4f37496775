"""Loaders go through everything once an epoch, in an order that the seed decides."""

import gc

import pytest
import torch

from dlbook import data


@pytest.fixture
def split():
    X = torch.arange(10.0)[:, None].repeat(1, 3)
    return data.Split(X, torch.arange(10))


def order(loader):
    """One epoch's targets, in the order they come."""
    return torch.cat([y for _, y in loader]).tolist()


def test_in_order_by_default(split):
    batches = list(data.loader(split, 4))
    assert [len(y) for _, y in batches] == [4, 4, 2]
    assert torch.equal(torch.cat([X for X, _ in batches]), split.X)
    assert torch.equal(torch.cat([y for _, y in batches]), split.y)


@pytest.mark.parametrize(
    ("batch_size", "drop_last", "sizes"),
    [(4, True, [4, 4]), (5, True, [5, 5]), (5, False, [5, 5]), (10, True, [10]), (99, False, [10])],
)
def test_lengths(split, batch_size, drop_last, sizes):
    loader = data.loader(split, batch_size, drop_last=drop_last, shuffle=True)
    assert [len(y) for _, y in loader] == sizes
    assert len(loader) == len(sizes)


def test_an_epoch_is_a_permutation_with_x_and_y_in_step(split):
    for X, y in data.loader(split, 3, shuffle=True, seed=0):
        assert torch.equal(X[:, 0], y.float())
    assert sorted(order(data.loader(split, 3, shuffle=True))) == list(range(10))


def test_each_epoch_has_a_new_order_and_a_seed_repeats_them_all(split):
    first, second = (data.loader(split, 3, shuffle=True, seed=5) for _ in range(2))
    epochs = [order(first) for _ in range(4)]
    assert len({tuple(epoch) for epoch in epochs}) == 4
    assert [order(second) for _ in range(4)] == epochs
    assert order(data.loader(split, 3, shuffle=True, seed=6)) != epochs[0]


def test_a_seed_does_not_touch_or_feel_the_global_generator(split):
    torch.manual_seed(0)
    before = torch.get_rng_state()
    loader = data.loader(
        split, 3, shuffle=True, seed=5, transform=lambda X, g: X + torch.rand(1, generator=g)
    )
    first = order(loader)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(1)
    assert order(data.loader(split, 3, shuffle=True, seed=5)) == first


def test_without_a_seed_the_global_generator_decides(split):
    def epochs():
        loader = data.loader(split, 3, shuffle=True)
        return [order(loader) for _ in range(2)]

    torch.manual_seed(0)
    first = epochs()
    assert first[0] != first[1]
    assert epochs() != first
    torch.manual_seed(0)
    assert epochs() == first


def test_in_order_without_a_transform_draws_nothing(split):
    before = torch.get_rng_state()
    order(data.loader(split, 3))
    assert torch.equal(torch.get_rng_state(), before)


def test_an_epoch_left_early_does_not_change_the_next(split):
    noise = data.compose(lambda X, g: X + torch.rand(X.shape, generator=g))
    whole, broken = (data.loader(split, 3, shuffle=True, seed=2, transform=noise) for _ in range(2))
    list(whole)
    next(iter(broken))
    for (a, _), (b, _) in zip(whole, broken, strict=True):
        assert torch.equal(a, b)


def test_setting_the_epoch_resumes(split):
    loader = data.loader(split, 3, shuffle=True, seed=2)
    epochs = [order(loader) for _ in range(3)]
    resumed = data.loader(split, 3, shuffle=True, seed=2)
    resumed.epoch = 2
    assert order(resumed) == epochs[2]


def test_seeds_do_not_share_epochs(split):
    orders = set()
    for seed in range(20):
        loader = data.loader(split, 3, shuffle=True, seed=seed)
        orders |= {tuple(order(loader)) for _ in range(20)}
    assert len(orders) == 400


def test_two_loops_over_one_loader_at_once_are_two_epochs(split):
    loader = data.loader(split, 5, shuffle=True, seed=0)
    pairs = list(zip(loader, loader, strict=True))
    for side in range(2):
        assert sorted(torch.cat([pair[side][1] for pair in pairs]).tolist()) == list(range(10))


def test_the_transform_sees_whole_batches_and_leaves_the_split_alone(split):
    seen = []

    def transform(X, generator):
        assert isinstance(generator, torch.Generator)
        seen.append(len(X))
        return -X

    original = split.X.clone()
    loader = data.loader(split, 4, transform=transform)
    assert torch.equal(torch.cat([X for X, _ in loader]), -original)
    assert seen == [4, 4, 2]
    assert torch.equal(split.X, original)


def test_the_order_does_not_depend_on_the_transform(split):
    plain = data.loader(split, 3, shuffle=True, seed=2)
    moved = data.loader(
        split, 3, shuffle=True, seed=2, transform=lambda X, g: X + torch.rand(1, generator=g)
    )
    assert order(plain) == order(moved)


def test_shuffled_batches_share_no_memory_with_the_split(split):
    for X, _ in data.loader(split, 3, shuffle=True):
        X.zero_()
    gc.collect()
    assert split.X[:, 0].tolist() == list(range(10))


@pytest.mark.parametrize("batch_size", [0, -1])
def test_refuses_a_batch_size_below_one(split, batch_size):
    with pytest.raises(ValueError, match=f"batch_size of at least 1, received {batch_size}"):
        data.loader(split, batch_size)


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_refuses_a_seed_out_of_range(split, seed):
    with pytest.raises(ValueError, match=f"expected a seed .* received {seed}"):
        data.loader(split, seed=seed)


def test_refuses_to_have_nothing_to_yield(split):
    with pytest.raises(ValueError, match="enough examples for a batch, received 10"):
        data.loader(split, 11, drop_last=True)
    with pytest.raises(ValueError, match="enough examples for a batch, received 0"):
        data.loader(split[:0])


def test_repr(split):
    assert repr(data.loader(split, 4, shuffle=True)).startswith(
        "TensorLoader(3 batches of 4, shuffled; Split(X: float32 (10, 3)"
    )
