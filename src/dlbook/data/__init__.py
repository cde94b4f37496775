"""Every data set of the book: real, licensed, and shipped, so that no chapter needs a server.

fashion_mnist()  digits()  table(name)  photo(name)     come with the package
mnist()                                                 is downloaded once and checked
loader(split, ...)                                      goes through a Split in batches
random_flip, random_crop, random_affine, compose        move a batch of images about
card(name)  cards()  photos()                           say where the data come from
"""

from dlbook.data._card import DataCard
from dlbook.data._catalogue import card, cards
from dlbook.data._digits import digits
from dlbook.data._download import DownloadError, fetch
from dlbook.data._fashion import fashion_mnist
from dlbook.data._loaders import TensorLoader, Transform, loader
from dlbook.data._mnist import mnist
from dlbook.data._photos import Photo, photo, photos
from dlbook.data._tables import TABLES, table
from dlbook.data._transforms import compose, random_affine, random_crop, random_flip
from dlbook.data._types import ImageData, Split, Splits, TableData

__all__ = [
    "TABLES",
    "DataCard",
    "DownloadError",
    "ImageData",
    "Photo",
    "Split",
    "Splits",
    "TableData",
    "TensorLoader",
    "Transform",
    "card",
    "cards",
    "compose",
    "digits",
    "fashion_mnist",
    "fetch",
    "loader",
    "mnist",
    "photo",
    "photos",
    "random_affine",
    "random_crop",
    "random_flip",
    "table",
]
