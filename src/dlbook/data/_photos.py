"""Photographs that ship inside scikit-learn and scikit-image; nothing is downloaded."""

from dataclasses import dataclass
from importlib.resources import as_file, files
from typing import final

import numpy as np
import torch
from jaxtyping import Float32
from PIL import Image
from torch import Tensor

from dlbook.data._catalogue import choose

__all__ = ["PHOTOS", "Photo", "photo", "photos"]


@final
@dataclass(frozen=True, kw_only=True)
class Photo:
    """Where a photograph is and whose it is.

    Parameters
    ----------
    name : str
        What `dlbook.data.photo` knows it by.
    what : str
        What is seen.
    channels, height, width : int
        Its shape.
    credit : str
        Who made it, and its licence.
    package, file : str
        The installed package and the file in it.
    """

    name: str
    what: str
    channels: int
    height: int
    width: int
    credit: str
    package: str
    file: str


def _sklearn(name: str, what: str, credit: str) -> Photo:
    return Photo(
        name=name,
        what=what,
        channels=3,
        height=427,
        width=640,
        credit=credit,
        package="sklearn.datasets.images",
        file=f"{name}.jpg",
    )


def _skimage(file: str, what: str, shape: tuple[int, int, int], credit: str) -> Photo:
    name = file.partition(".")[0].removesuffix("_motion")
    channels, height, width = shape
    return Photo(
        name=name,
        what=what,
        channels=channels,
        height=height,
        width=width,
        credit=credit,
        package="skimage.data",
        file=file,
    )


PHOTOS = (
    _sklearn("china", "a palace roof in China", "danielbuechele on Flickr, CC BY 2.0"),
    _sklearn("flower", "a dahlia, close", "vultilion on Flickr, CC BY 2.0"),
    _skimage("astronaut.png", "Eileen Collins", (3, 512, 512), "NASA, public domain"),
    _skimage("camera.png", "a man with a camera", (1, 512, 512), "Lav Varshney, CC0"),
    _skimage("chelsea.png", "a cat", (3, 300, 451), "Stéfan van der Walt, CC0"),
    _skimage("coffee.png", "a cup of coffee", (3, 400, 600), "Rachel Michetti, CC0"),
    _skimage("brick.png", "a brick wall", (1, 512, 512), "CC0Textures, CC0"),
    _skimage("grass.png", "grass", (1, 512, 512), "linolafett on DeviantArt, CC0"),
    _skimage("gravel.png", "gravel", (1, 512, 512), "CC0Textures, CC0"),
    _skimage(
        "coins.png",
        "Greek coins from Pompeii",
        (1, 303, 384),
        "Brooklyn Museum, no known copyright restrictions",
    ),
    _skimage(
        "clock_motion.png",
        "a clock, blurred by moving the camera",
        (1, 300, 400),
        "Stéfan van der Walt, public domain",
    ),
    _skimage("cell.png", "a cell in saline, phase", (1, 660, 550), "Müller et al. (2018), CC0"),
    _skimage("retina.jpg", "a human retina", (3, 1411, 1411), "Mikael Häggström, CC0"),
    _skimage("rocket.jpg", "the launch of a Falcon 9", (3, 427, 640), "SpaceX, public domain"),
    _skimage(
        "hubble_deep_field.jpg",
        "galaxies, the Hubble eXtreme Deep Field",
        (3, 872, 1000),
        "NASA, public domain",
    ),
)


def photos() -> tuple[Photo, ...]:
    """Return what is known of each photograph: name, shape, who made it, licence."""
    return PHOTOS


def photo(name: str) -> Float32[Tensor, "c h w"]:
    """Return a photograph, no download.

    Parameters
    ----------
    name : str
        As in ``[photo.name for photo in photos()]``.

    Returns
    -------
    Tensor, shape (c, h, w)
        float32 from 0 to 1; 3 channels (red, green, blue) or 1 (grey).

    Raises
    ------
    ValueError
        If there is no photograph of that name.
    FileNotFoundError
        If the installed package lacks the file.
    """
    by_name = {entry.name: entry for entry in PHOTOS}
    entry = by_name[choose("a photo", name, tuple(by_name))]
    with as_file(files(entry.package) / entry.file) as path, Image.open(path) as image:
        pixels = np.asarray(image.convert("RGB" if entry.channels == 3 else "L"))
    X = np.divide(pixels.reshape(*pixels.shape[:2], -1), 255, dtype=np.float32)  # (h, w, c)
    return torch.from_numpy(np.ascontiguousarray(X.transpose(2, 0, 1)))
