"""Each batch-wise transform against the plain way, one image at a time."""

import math

import numpy as np
import pytest
import torch
from scipy import ndimage

from dlbook import data

SEEDS = range(4)
SHAPES = [(5, 1, 28, 28), (6, 3, 7, 12), (1, 2, 9, 4)]


def generator(seed):
    return torch.Generator().manual_seed(seed)


def batch(shape, seed=0):
    return torch.rand(shape, generator=generator(seed + 100), dtype=torch.float64)


def flip_one_by_one(X, rng, p):
    chosen = torch.rand(len(X), generator=rng) < p
    return torch.stack(
        [torch.tensor(np.fliplr(x.permute(1, 2, 0).numpy()).copy()).permute(2, 0, 1) if c else x
         for x, c in zip(X, chosen, strict=True)]
    )  # fmt: skip


def crop_one_by_one(X, rng, padding):
    n, c, h, w = X.shape
    rows, columns = torch.randint(2 * padding + 1, (2, n), generator=rng).tolist()
    out = torch.zeros_like(X)
    for i in range(n):
        padded = torch.zeros(c, h + 2 * padding, w + 2 * padding, dtype=X.dtype)
        padded[:, padding : padding + h, padding : padding + w] = X[i]
        out[i] = padded[:, rows[i] : rows[i] + h, columns[i] : columns[i] + w]
    return out


def affine_one_by_one(X, rng, degrees, translate, scale):
    """In pixels, rows and columns, with scipy: out(q) = in(A (q - centre - shift) + centre)."""
    n, _, h, w = X.shape
    u = torch.rand(4, n, generator=rng, dtype=torch.float64).numpy()
    out = np.zeros_like(X.numpy())
    centre = np.array([(h - 1) / 2, (w - 1) / 2])
    for i in range(n):
        angle = math.radians(degrees * (2 * u[0, i] - 1))
        factor = scale[0] + (scale[1] - scale[0]) * u[1, i]
        shift = translate * np.array([(2 * u[3, i] - 1) * h, (2 * u[2, i] - 1) * w])
        back = (
            np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
            / factor
        )
        offset = centre - back @ (centre + shift)
        for channel in range(X.shape[1]):
            out[i, channel] = ndimage.affine_transform(
                X[i, channel].numpy(), back, offset, order=1, mode="grid-constant"
            )
    return torch.from_numpy(out)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
def test_flip(shape, seed, p):
    X = batch(shape, seed)
    expected = flip_one_by_one(X, generator(seed), p)
    assert torch.equal(data.random_flip(p)(X, generator(seed)), expected)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("padding", [0, 1, 3])
def test_crop(shape, seed, padding):
    X = batch(shape, seed)
    expected = crop_one_by_one(X, generator(seed), padding)
    assert torch.equal(data.random_crop(padding)(X, generator(seed)), expected)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("degrees", "translate", "scale"),
    [(0, 0, (1, 1)), (30, 0, (1, 1)), (0, 0.2, (1, 1)), (0, 0, (0.7, 1.4)), (180, 0.3, (0.5, 2))],
)
def test_affine(shape, seed, degrees, translate, scale):
    X = batch(shape, seed)
    expected = affine_one_by_one(X, generator(seed), degrees, translate, scale)
    ours = data.random_affine(degrees, translate, scale)(X, generator(seed))
    torch.testing.assert_close(ours, expected, rtol=0, atol=1e-9)


def test_affine_turns_counter_clockwise_for_positive_angles(monkeypatch):
    """The right end of a bar goes up by a quarter turn when every draw is the largest."""
    monkeypatch.setattr(torch, "rand", lambda *size, **_: torch.ones(size, dtype=torch.float64))
    X = torch.zeros(1, 1, 5, 5)
    X[0, 0, 2, 4] = 1  # right
    turned = data.random_affine(90)(X, None)
    assert turned[0, 0, 0, 2] == pytest.approx(1, abs=1e-5)  # up
    moved = data.random_affine(translate=0.4)(X.flip(-1), None)  # two columns right, two rows down
    assert moved[0, 0, 4, 2] == pytest.approx(1, abs=1e-5)


def test_flip_frequency():
    X = torch.tensor([0.0, 1.0]).repeat(4000, 1, 1, 1)
    flipped = data.random_flip(0.25)(X, generator(0))[:, 0, 0, 0]
    assert flipped.mean() == pytest.approx(0.25, abs=0.03)


def test_crop_reaches_every_offset_equally():
    X = torch.zeros(9000, 1, 3, 3)
    X[:, :, 1, 1] = 1
    where = data.random_crop(1)(X, generator(0)).mean(dim=(0, 1))
    assert torch.allclose(where, torch.full((3, 3), 1 / 9), atol=0.015)


@pytest.mark.parametrize(
    "transform",
    [data.random_flip(), data.random_crop(), data.random_affine(10, 0.1, (0.9, 1.1))],
    ids=["flip", "crop", "affine"],
)
class TestEvery:
    def test_keeps_shape_dtype_range_and_input(self, transform):
        for dtype in (torch.float32, torch.float64):
            X = batch((8, 3, 10, 6)).to(dtype)
            original = X.clone()
            out = transform(X, generator(0))
            assert (out.shape, out.dtype) == (X.shape, X.dtype)
            assert out.min() >= 0
            assert out.max() <= X.max()
            assert torch.equal(X, original)

    def test_is_reproducible_by_its_generator(self, transform):
        X = batch((8, 3, 10, 6))
        assert torch.equal(transform(X, generator(0)), transform(X, generator(0)))
        assert not torch.equal(transform(X, generator(0)), transform(X, generator(1)))

    def test_falls_back_on_the_global_generator(self, transform):
        X = batch((8, 3, 10, 6))
        torch.manual_seed(3)
        first = transform(X)
        torch.manual_seed(3)
        assert torch.equal(transform(X), first)

    def test_keeps_images_apart(self, transform):
        """An empty image stays empty whatever its neighbours hold."""
        X = batch((8, 3, 10, 6))
        X[3] = 0
        assert transform(X, generator(0))[3].eq(0).all()

    def test_serves_a_loader(self, transform, digits):
        split = digits.val[:100]

        def epochs():
            loader = data.loader(split, 32, shuffle=True, seed=1, transform=transform)
            return [torch.cat([X for X, _ in loader]) for _ in range(2)]

        first, again = epochs(), epochs()
        assert torch.equal(first[0], again[0])
        assert torch.equal(first[1], again[1])
        assert first[0].shape == split.X.shape


def test_compose_applies_in_turn_from_one_generator():
    flip, crop = data.random_flip(), data.random_crop(2)
    X = batch((8, 1, 6, 6))
    rng = generator(0)
    expected = crop(flip(X, rng), rng)
    assert torch.equal(data.compose(flip, crop)(X, generator(0)), expected)
    assert data.compose()(X, generator(0)) is X


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: data.random_flip(1.5), "expected p from 0 to 1, received 1.5"),
        (lambda: data.random_crop(-1), "expected a padding of at least 0, received -1"),
        (lambda: data.random_affine(-1.0), "at least 0, received -1.0 and 0.0"),
        (lambda: data.random_affine(translate=-0.1), "at least 0, received 0.0 and -0.1"),
        (lambda: data.random_affine(scale=(0.0, 1.0)), "0 < low <= high, received"),
        (lambda: data.random_affine(scale=(2.0, 1.0)), "0 < low <= high, received"),
    ],
)
def test_refuses_what_makes_no_sense(make, message):
    with pytest.raises(ValueError, match=message):
        make()
