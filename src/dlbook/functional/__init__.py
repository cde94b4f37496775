"""Pure maths: linear algebra, convolution and what later chapters add."""

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

__all__ = [
    "PCA",
    "det",
    "low_rank",
    "matmul",
    "norm",
    "pca",
    "pinv",
    "power_iteration",
    "ridge",
    "solve",
    "truncated_svd",
]
