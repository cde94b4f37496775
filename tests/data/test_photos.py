"""Photographs come out of the installed packages, never from the network."""

import socket

import numpy as np
import pytest
import skimage
import torch
from sklearn.datasets import load_sample_image

from dlbook import data
from dlbook.data import _photos


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*_):
        raise AssertionError("a photograph reached for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.parametrize("entry", data.photos(), ids=lambda entry: entry.name)
def test_photo_is_what_its_entry_says(entry):
    X = data.photo(entry.name)
    assert X.shape == (entry.channels, entry.height, entry.width)
    assert X.dtype == torch.float32
    assert X.is_contiguous()
    assert 0 <= X.min() < 0.5 < X.max() <= 1
    assert entry.credit
    assert entry.channels == 1 or not torch.equal(X[0], X[1])


def test_pixels_are_those_of_scikit_learn():
    ours = data.photo("china").permute(1, 2, 0).numpy()
    assert np.allclose(ours * 255, load_sample_image("china.jpg"), atol=1e-4)


@pytest.mark.parametrize("name", ["astronaut", "camera"])
def test_pixels_are_those_of_scikit_image(name):
    theirs = getattr(skimage.data, name)()
    ours = data.photo(name).permute(1, 2, 0).squeeze(2).numpy()
    assert np.allclose(ours * 255, theirs, atol=1e-4)


def test_unknown_name_lists_the_choices():
    with pytest.raises(ValueError, match=r"china, flower, .*hubble_deep_field; received 'lena'"):
        data.photo("lena")


def test_a_package_without_the_file_says_so(monkeypatch):
    entry = data.photos()[0]
    lost = type(entry)(**{**vars(entry), "file": "lost.jpg"})
    monkeypatch.setattr(_photos, "PHOTOS", (lost,))
    with pytest.raises(FileNotFoundError, match=r"lost\.jpg"):
        data.photo("china")


def test_names_are_different_and_counted_on_the_card():
    names = [entry.name for entry in data.photos()]
    assert len(set(names)) == len(names)
    assert data.card("photos").how_many.startswith(f"{len(names)} images")
