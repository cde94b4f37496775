"""Fashion-MNIST: all 70,000 pictures of clothes, shipped with the package.

Xiao, Rasul and Vollgraf (2017), "Fashion-MNIST: a novel image dataset for benchmarking machine
learning algorithms", arXiv:1708.07747.
"""

from dlbook.data._catalogue import card
from dlbook.data._idx import read_idx
from dlbook.data._images import FILES, image_split, train_and_val
from dlbook.data._splits import evenly_from_each_class
from dlbook.data._types import ImageData

__all__ = ["fashion_mnist"]

CLASS_NAMES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


def fashion_mnist() -> ImageData:
    """Return Fashion-MNIST: grey 28x28 pictures of clothes in 10 classes, no download.

    Returns
    -------
    ImageData
        55,000 to train on, 5,000 to validate (every twelfth of each class of the official
        training file), and the official 10,000 to test. Every class is equally frequent in each.
    """
    folder = FILES / "fashion_mnist"
    images = read_idx(folder / "train-images-idx3-ubyte.gz")
    labels = read_idx(folder / "train-labels-idx1-ubyte.gz")
    train, val = train_and_val(images, labels, evenly_from_each_class(labels, 5_000))
    test = image_split(
        read_idx(folder / "t10k-images-idx3-ubyte.gz"),
        read_idx(folder / "t10k-labels-idx1-ubyte.gz"),
    )
    return ImageData(
        train=train, val=val, test=test, class_names=CLASS_NAMES, card=card("fashion_mnist")
    )
