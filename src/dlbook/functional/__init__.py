"""Pure maths: linear algebra, convolution and what later chapters add."""

from dlbook.functional.conv import (
    conv2d,
    conv2d_fft,
    conv2d_loops,
    conv_transpose2d,
    unfold,
)
from dlbook.functional.linalg import (
    PCA,
    det,
    low_rank,
    matmul,
    norm,
    pca,
    pinv,
    power_iteration,
    ridge,
    solve,
    truncated_svd,
)
from dlbook.functional.pooling import avg_pool2d, max_pool2d
from dlbook.functional.sizes import conv_output_size, receptive_field

__all__ = [
    "PCA",
    "avg_pool2d",
    "conv2d",
    "conv2d_fft",
    "conv2d_loops",
    "conv_output_size",
    "conv_transpose2d",
    "det",
    "low_rank",
    "matmul",
    "max_pool2d",
    "norm",
    "pca",
    "pinv",
    "power_iteration",
    "receptive_field",
    "ridge",
    "solve",
    "truncated_svd",
    "unfold",
]
