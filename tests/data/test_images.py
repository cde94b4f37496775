"""The shipped images are the published ones, split as the cards say."""

import gzip
import hashlib
import struct

import numpy as np
import pytest
import torch

from dlbook import data
from dlbook.data._idx import read_idx
from dlbook.data._images import FILES

FASHION_SHA256 = {  # of the decompressed files, as published
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}
DIGITS_SHA256 = {
    "images": "ace402aa2ba690b308f9ff6e8eecc164cd8244076a6756ad24189581d4c149f6",
    "labels": "843a17dbe57aa0fcb0420090a3f0a47133c2413234ae8c671af16f4a07abe055",
}


def digests(split):
    """One hash per image."""
    return [hashlib.sha256(x.numpy().tobytes()).digest() for x in split.X]


def splits(images):
    return images.train, images.val, images.test


@pytest.mark.parametrize("name", FASHION_SHA256)
def test_fashion_files_are_the_published_ones(name):
    content = gzip.decompress((FILES / "fashion_mnist" / f"{name}.gz").read_bytes())
    assert hashlib.sha256(content).hexdigest() == FASHION_SHA256[name]


@pytest.mark.parametrize("name", DIGITS_SHA256)
def test_digits_content_is_the_one_checked(name):
    with np.load(FILES / "digits" / "digits.npz") as file:
        array = file[name]
    assert array.dtype == np.uint8
    assert hashlib.sha256(array.tobytes()).hexdigest() == DIGITS_SHA256[name]


@pytest.mark.parametrize("folder", ["fashion_mnist", "digits"])
def test_licence_lies_beside_the_files(folder):
    text = (FILES / folder / "LICENSE").read_text(encoding="utf-8")
    assert "Permission is hereby granted, free of charge" in text


def test_sizes(fashion, digits):
    assert [len(split) for split in splits(fashion)] == [55_000, 5_000, 10_000]
    assert [len(split) for split in splits(digits)] == [7_000, 1_000, 2_000]


def test_dtypes_and_ranges(images):
    for X, y in splits(images):
        assert X.dtype == torch.float32
        assert X.shape[1:] == (1, 28, 28)
        assert X.is_contiguous()
        assert X.min() == 0
        assert X.max() == 1
        assert torch.equal((X * 255).round() / 255, X)
        assert y.dtype == torch.int64
        assert y.shape == X.shape[:1]
        assert y.unique().tolist() == list(range(len(images.class_names)))


def test_no_image_occurs_twice_in_or_across_splits(images):
    hashes = [digest for split in splits(images) for digest in digests(split)]
    assert len(set(hashes)) == len(hashes)


def test_fashion_splits_hold_each_class_equally(fashion):
    for split in splits(fashion):
        counts = split.y.bincount()
        assert counts.eq(len(split) // 10).all()


def test_digits_splits_hold_each_class_in_proportion(digits):
    total = sum(split.y.bincount() for split in splits(digits))
    for split in splits(digits):
        expected = total * len(split) / 10_000
        assert (split.y.bincount() - expected).abs().max() < 1.5


def test_fashion_val_is_every_twelfth_of_each_class_in_file_order(fashion):
    images = read_idx(FILES / "fashion_mnist" / "train-images-idx3-ubyte.gz")
    labels = read_idx(FILES / "fashion_mnist" / "train-labels-idx1-ubyte.gz")
    for label in range(10):
        ours = (fashion.val.X[fashion.val.y == label] * 255).round().to(torch.uint8)[:, 0]
        assert np.array_equal(ours.numpy(), images[labels == label][11::12])


def test_fashion_test_is_the_official_one(fashion):
    images = read_idx(FILES / "fashion_mnist" / "t10k-images-idx3-ubyte.gz")
    assert np.array_equal((fashion.test.X[:, 0] * 255).round().numpy(), images)


def test_classes_are_mixed_in_every_split(images):
    """A batch in file order is no run of one class."""
    for split in splits(images):
        assert len(split.y[:128].unique()) == 10


def test_reading_twice_gives_equal_tensors_that_share_nothing(digits):
    again = data.digits()
    assert torch.equal(again.train.X, digits.train.X)
    assert torch.equal(again.test.y, digits.test.y)
    assert again.train.X.data_ptr() != digits.train.X.data_ptr()


def test_names_and_repr(fashion, digits):
    names = "T-shirt/top Trouser Pullover Dress Coat Sandal Shirt Sneaker Bag Ankle_boot"
    assert fashion.class_names == tuple(name.replace("_", " ") for name in names.split())
    assert digits.class_names == tuple("0123456789")
    assert repr(digits) == (
        "ImageData(digits: train 7,000, val 1,000, test 2,000; 1x28x28; 10 classes)"
    )
    assert digits.card is data.card("digits")


def idx(*shape, values=None, kind=8):
    values = bytes(np.prod(shape)) if values is None else values
    return bytes([0, 0, kind, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + values


def test_read_idx(tmp_path):
    array = np.random.default_rng(0).integers(256, size=(3, 4, 5), dtype=np.uint8)
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(idx(*array.shape, values=array.tobytes())))
    assert np.array_equal(read_idx(path), array)


@pytest.mark.parametrize(
    "content",
    [b"", b"\0\0", idx(2, 2, kind=13), idx(2, 2, values=b"abc"), idx(2, values=b"abc"), idx(2)[:6]],
    ids=["empty", "short", "floats", "too few", "too many", "cut header"],
)
def test_read_idx_refuses_what_is_not_idx(tmp_path, content):
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(content))
    with pytest.raises(ValueError, match=r"a\.gz: expected"):
        read_idx(path)
