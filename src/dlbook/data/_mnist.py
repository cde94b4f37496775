"""MNIST, the original files, downloaded on first use.

LeCun, Bottou, Bengio and Haffner (1998), "Gradient-based learning applied to document
recognition", Proceedings of the IEEE 86(11), 2278-2324.
"""

import os

from dlbook.data._catalogue import card
from dlbook.data._download import fetch
from dlbook.data._idx import read_idx
from dlbook.data._images import image_split, train_and_val
from dlbook.data._splits import evenly_from_each_class
from dlbook.data._types import ImageData

__all__ = ["mnist"]

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
SHA256 = {
    "train-images-idx3": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}
CLASS_NAMES = tuple("0123456789")


def mnist(cache_dir: str | os.PathLike[str] | None = None) -> ImageData:
    """Return MNIST: grey 28x28 handwritten digits; downloads 11 MB on first use.

    Parameters
    ----------
    cache_dir : path, optional
        Where the four files are kept; by default ``$DLBOOK_CACHE``, or the ``dlbook`` folder
        in the system's cache.

    Returns
    -------
    ImageData
        55,000 to train on, 5,000 to validate (every twelfth of each class of the official training
        file), and the official 10,000 to test.

    Raises
    ------
    DownloadError
        If no mirror serves a file; `dlbook.data.digits` needs no download.
    """
    train_images, train_labels, test_images, test_labels = (
        read_idx(
            fetch(
                f"{name}-ubyte.gz",
                [f"{mirror}{name}-ubyte.gz" for mirror in MIRRORS],
                known_hash=f"sha256:{known_hash}",
                offline="use dlbook.data.digits(), 10,000 digits that need no download",
                cache_dir=cache_dir,
            )
        )
        for name, known_hash in SHA256.items()
    )
    held_out = evenly_from_each_class(train_labels, 5_000)
    train, val = train_and_val(train_images, train_labels, held_out)
    test = image_split(test_images, test_labels)
    return ImageData(train=train, val=val, test=test, class_names=CLASS_NAMES, card=card("mnist"))
