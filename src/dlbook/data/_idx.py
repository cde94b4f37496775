"""Read IDX, the format of the MNIST family.

Four bytes (0, 0, type, number of axes), one big-endian 32-bit length per axis, then the values
in C order. Only type 8, unsigned bytes, occurs here.
Source: the file format section of the MNIST page of LeCun, Cortes and Burges.
"""

import gzip
import struct
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from numpy import ndarray

__all__ = ["read_idx"]


def read_idx(path: Path) -> UInt8[ndarray, "..."]:
    """Read a gzipped IDX file of unsigned bytes.

    Parameters
    ----------
    path : Path
        The ``.gz`` file.

    Returns
    -------
    ndarray of uint8
        Of the shape that the header gives; read-only.

    Raises
    ------
    ValueError
        If it is no IDX file of unsigned bytes, or holds fewer or more values than it says.
    OSError, EOFError
        If it is missing, is no gzip file, or is cut off.
    """
    with gzip.open(path) as file:
        content = file.read()
    if content[:3] != b"\x00\x00\x08" or len(content) < 4:
        raise ValueError(f"{path}: expected IDX bytes 00 00 08, received {content[:3].hex(' ')!r}")
    offset = 4 + 4 * content[3]
    if len(content) < offset:
        raise ValueError(f"{path}: expected a header of {offset} bytes, received {len(content)}")
    shape = struct.unpack(f">{content[3]}I", content[4:offset])
    values = np.frombuffer(content, dtype=np.uint8, offset=offset)
    if values.size != np.prod(shape, dtype=np.int64):
        raise ValueError(f"{path}: expected values of shape {shape}, received {values.size}")
    return values.reshape(shape)
