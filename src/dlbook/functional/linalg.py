"""Linear algebra, written out: product, norms, elimination, eigenvalues, SVD, PCA.

The chapter on linear algebra builds each of these; here they have types, checks and tests.
They are meant to be read. Where speed counts, call `torch.linalg`, which the tests compare with.

Shape letters: m rows, n columns, k inner size, r rank, d features.

Sources: Trefethen and Bau, *Numerical Linear Algebra*, 1997 (elimination, power iteration);
Halko, Martinsson and Tropp, SIAM Review 53(2), 2011 (`truncated_svd`).
"""

import math
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

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


def matmul(A: Float[Tensor, "m k"], B: Float[Tensor, "k n"]) -> Float[Tensor, "m n"]:
    """Multiply two matrices as a sum of k outer products: column i of A times row i of B.

    Parameters
    ----------
    A : (m, k)
    B : (k, n)

    Returns
    -------
    (m, n)

    Raises
    ------
    ValueError
        If an argument is not a matrix, or the inner sizes differ.
    """
    _require_matrix(A, "A")
    _require_matrix(B, "B")
    if A.shape[1] != B.shape[0]:
        raise ValueError(
            f"expected B with {A.shape[1]} rows, as many as A has columns; "
            f"received A {tuple(A.shape)} and B {tuple(B.shape)}"
        )
    C = A.new_zeros(A.shape[0], B.shape[1])
    for column, row in zip(A.T, B, strict=True):
        C = C + column[:, None] * row  # (m, 1) * (n,) -> (m, n)
    return C


def norm(
    x: Float[Tensor, "*shape"], p: float = 2.0, *, dim: int = -1, keepdim: bool = False
) -> Float[Tensor, "*reduced"]:
    """Length of the vectors along one axis, in the p-norm: (sum of abs(x)**p) ** (1/p).

    The largest entry is divided out first, so that squares neither overflow nor vanish.
    The gradient at the zero vector, where no norm is differentiable, is taken to be zero.

    Parameters
    ----------
    x : any shape
    p : float, default 2
        At least 1; ``math.inf`` gives the largest absolute entry.
    dim : int, default -1
    keepdim : bool, default False

    Returns
    -------
    The shape of `x` without `dim`, or with size 1 there.

    Raises
    ------
    ValueError
        If p < 1: the triangle inequality then fails, so the formula is no norm.
    """
    if not p >= 1:
        raise ValueError(f"expected p >= 1 (below 1 there is no norm), received {p}")
    size = x.abs()
    largest = size.amax(dim, keepdim=True)
    if math.isinf(p):
        return largest if keepdim else largest.squeeze(dim)
    # A constant for autograd: multiplied back below, its derivative cancels.
    scale = torch.where((largest == 0) | largest.isinf(), 1.0, largest).detach()
    total = (size / scale).pow(p).sum(dim, keepdim=True)
    empty = total == 0
    length = torch.where(empty, 0.0, scale * torch.where(empty, 1.0, total).pow(1 / p))
    return length if keepdim else length.squeeze(dim)


def solve(A: Float[Tensor, "n n"], B: Float[Tensor, "n k"]) -> Float[Tensor, "n k"]:
    """Solve A X = B by Gaussian elimination with partial pivoting, then back substitution.

    Parameters
    ----------
    A : (n, n)
    B : (n, k)
        One right-hand side per column.

    Returns
    -------
    (n, k)

    Raises
    ------
    ValueError
        If A is not square, B has another number of rows, or a pivot is exactly zero. A nearly
        singular A passes: look at its condition number.
    """
    _require_square(A)
    _require_matrix(B, "B")
    n = A.shape[0]
    if B.shape[0] != n:
        raise ValueError(f"expected B with {n} rows, received {tuple(B.shape)}")
    U, _ = _eliminate(torch.cat([A, B], dim=1), n)
    if bool((U.diagonal() == 0).any()):
        raise ValueError("expected an invertible A, received a singular one (a pivot is zero)")
    X = U[:0, n:]
    for i in reversed(range(n)):  # last unknown first
        x_i = (U[i, n:] - U[i, i + 1 : n] @ X) / U[i, i]
        X = torch.cat([x_i[None], X])
    return X


def det(A: Float[Tensor, "n n"]) -> Float[Tensor, ""]:
    """Determinant: the product of elimination's pivots, its sign turned by each row swap.

    Parameters
    ----------
    A : (n, n)

    Returns
    -------
    scalar

    Raises
    ------
    ValueError
        If A is not square.
    """
    _require_square(A)
    U, sign = _eliminate(A, A.shape[0])
    return sign * U.diagonal().prod()


def power_iteration(
    A: Float[Tensor, "n n"],
    *,
    max_steps: int = 10_000,
    tol: float | None = None,
    generator: torch.Generator | None = None,
) -> tuple[Float[Tensor, ""], Float[Tensor, " n"]]:
    """Find the eigenvalue of largest size of a symmetric matrix, and its eigenvector.

    Multiplies a random vector by A until A v = lambda v to within `tol`. The error shrinks
    each step by the ratio of the two largest eigenvalues in size.

    Parameters
    ----------
    A : (n, n), symmetric
    max_steps : int, default 10_000
    tol : float, optional
        Largest relative residual accepted; default 100 times the machine epsilon of A.
    generator : torch.Generator, optional
        For the starting vector.

    Returns
    -------
    eigenvalue : scalar
    eigenvector : (n,), of length 1, its largest entry positive

    Raises
    ------
    ValueError
        If A is not square or not symmetric.
    RuntimeError
        If `max_steps` pass first: the two largest eigenvalues are (nearly) of one size.
    """
    _require_square(A)
    if not torch.allclose(A, A.T):
        raise ValueError("expected a symmetric A, received one that differs from its transpose")
    if tol is None:
        tol = 100 * torch.finfo(A.dtype).eps
    v = torch.randn(A.shape[0], generator=generator, dtype=A.dtype, device=A.device)
    v = v / norm(v)
    for _ in range(max_steps):
        w = A @ v
        eigenvalue = v @ w
        if norm(w - eigenvalue * v) <= tol * norm(w):
            return eigenvalue, _fix_sign(v[None])[0]
        v = w / norm(w)
    raise RuntimeError(f"no convergence in {max_steps} steps: two largest eigenvalues too close")


def truncated_svd(
    A: Float[Tensor, "m n"],
    rank: int,
    *,
    num_steps: int = 4,
    oversample: int = 10,
    generator: torch.Generator | None = None,
) -> tuple[Float[Tensor, "m r"], Float[Tensor, " r"], Float[Tensor, "r n"]]:
    """Largest `rank` singular triples, by power iteration on a random block of vectors.

    An approximation: the block converges at the rate of the ratio of singular value
    ``rank + oversample + 1`` to the one that is sought, two powers a step.

    Parameters
    ----------
    A : (m, n)
    rank : int
        From 1 to min(m, n).
    num_steps : int, default 4
        Passes of A and its transpose; more for a flat spectrum.
    oversample : int, default 10
        Extra vectors carried along, dropped at the end.
    generator : torch.Generator, optional

    Returns
    -------
    U : (m, rank)
    S : (rank,), descending
    Vh : (rank, n)

    Raises
    ------
    ValueError
        If `rank` is out of range.
    """
    _require_rank(A, rank)
    width = min(rank + oversample, *A.shape)
    block = torch.randn(A.shape[1], width, generator=generator, dtype=A.dtype, device=A.device)
    Q = _orthonormal(A @ block)  # (m, width)
    for _ in range(num_steps):
        Q = _orthonormal(A @ _orthonormal(A.T @ Q))
    U, S, Vh = torch.linalg.svd(Q.T @ A, full_matrices=False)
    return Q @ U[:, :rank], S[:rank], Vh[:rank]


def low_rank(A: Float[Tensor, "m n"], rank: int) -> Float[Tensor, "m n"]:
    """Nearest matrix of at most the given rank, in the Frobenius and in the spectral norm.

    The theorem is Eckart and Young's (Psychometrika 1, 1936), and Mirsky's for other norms.

    Parameters
    ----------
    A : (m, n)
    rank : int
        From 1 to min(m, n).

    Returns
    -------
    (m, n)

    Raises
    ------
    ValueError
        If `rank` is out of range.
    """
    _require_rank(A, rank)
    U, S, Vh = torch.linalg.svd(A, full_matrices=False)
    nearest: Tensor = (U[:, :rank] * S[:rank]) @ Vh[:rank]
    return nearest


def pinv(A: Float[Tensor, "m n"], *, rtol: float | None = None) -> Float[Tensor, "n m"]:
    """Moore-Penrose pseudo-inverse: invert the singular values, drop the negligible ones.

    Parameters
    ----------
    A : (m, n)
    rtol : float, optional
        Singular values up to `rtol` times the largest count as zero. Default, as in torch:
        max(m, n) times the machine epsilon.

    Returns
    -------
    (n, m)

    Raises
    ------
    ValueError
        If A is not a matrix, or `rtol` is negative.
    """
    _require_matrix(A, "A")
    if rtol is None:
        rtol = max(A.shape) * torch.finfo(A.dtype).eps
    if rtol < 0:
        raise ValueError(f"expected rtol >= 0, received {rtol}")
    U, S, Vh = torch.linalg.svd(A, full_matrices=False)
    kept = int((rtol * S[:1] < S).sum())  # S descends; [:1] lets it be empty
    inverse: Tensor = (Vh[:kept].T / S[:kept]) @ U[:, :kept].T
    return inverse


def ridge(
    X: Float[Tensor, "n d"], y: Float[Tensor, " n"], *, penalty: float
) -> Float[Tensor, " d"]:
    """Weights w that minimise the squared error of X w plus `penalty` times their square.

    Solved as plain least squares with d more rows, sqrt(penalty) times the identity, whose
    targets are zero: this spares the product of X with itself and the digits that it costs.

    Parameters
    ----------
    X : (n, d)
        No intercept is added.
    y : (n,)
    penalty : float
        Positive.

    Returns
    -------
    (d,)

    Raises
    ------
    ValueError
        If the penalty is not positive or the rows of X and y differ in number.
    """
    _require_matrix(X, "X")
    if not penalty > 0:
        raise ValueError(f"expected a positive penalty, received {penalty}")
    if y.shape != X.shape[:1]:
        raise ValueError(f"expected y of shape {tuple(X.shape[:1])}, received {tuple(y.shape)}")
    d = X.shape[1]
    rows = math.sqrt(penalty) * torch.eye(d, dtype=X.dtype, device=X.device)
    targets = torch.cat([y, y.new_zeros(d)])
    w: Tensor = torch.linalg.lstsq(torch.cat([X, rows]), targets[:, None]).solution[:, 0]
    return w


@final
@dataclass(frozen=True)
class PCA:
    """What `pca` found. Rows of `components` are directions, by falling variance.

    Attributes
    ----------
    mean : (d,)
    components : (r, d), orthonormal rows
    explained_variance : (r,)
        Variance of the data along each component (divided by n - 1).
    total_variance : scalar
        Variance of the data along all d directions together.
    """

    mean: Float[Tensor, " d"]
    components: Float[Tensor, "r d"]
    explained_variance: Float[Tensor, " r"]
    total_variance: Float[Tensor, ""]

    def transform(self, X: Float[Tensor, "n d"]) -> Float[Tensor, "n r"]:
        """Coordinates of the rows of X along the components.

        Parameters
        ----------
        X : (n, d)

        Returns
        -------
        (n, r)
        """
        return (X - self.mean) @ self.components.T

    def inverse_transform(self, Z: Float[Tensor, "n r"]) -> Float[Tensor, "n d"]:
        """Points in data space with the given coordinates.

        Parameters
        ----------
        Z : (n, r)

        Returns
        -------
        (n, d)
        """
        return Z @ self.components + self.mean


def pca(X: Float[Tensor, "n d"], num_components: int) -> PCA:
    """Principal components of the rows of X, from the SVD of the centred data.

    Each component's largest entry is made positive, as in scikit-learn 1.5 and later; the
    data alone leave the signs open.

    Parameters
    ----------
    X : (n, d)
        A row per example, at least 2.
    num_components : int
        From 1 to min(n, d).

    Returns
    -------
    PCA

    Raises
    ------
    ValueError
        If there are fewer than 2 rows or `num_components` is out of range.
    """
    _require_rank(X, num_components)
    n = X.shape[0]
    if n < 2:
        raise ValueError(f"expected at least 2 rows to have a variance, received {n}")
    mean = X.mean(0)
    _, S, Vh = torch.linalg.svd(X - mean, full_matrices=False)
    variance = S.square() / (n - 1)
    return PCA(
        mean=mean,
        components=_fix_sign(Vh[:num_components]),
        explained_variance=variance[:num_components],
        total_variance=variance.sum(),
    )


def _eliminate(M: Tensor, n: int) -> tuple[Tensor, int]:
    """Bring the first n columns to upper triangular form; return also the swaps' sign."""
    sign = 1
    for k in range(n):
        pivot = k + int(M[k:, k].abs().argmax())
        if pivot != k:
            order = list(range(n))
            order[k], order[pivot] = pivot, k
            M = M[order]
            sign = -sign
        if M[k, k] != 0:
            factors = M[k + 1 :, k] / M[k, k]
            M = torch.cat([M[: k + 1], M[k + 1 :] - factors[:, None] * M[k]])
    return M, sign


def _orthonormal(A: Tensor) -> Tensor:
    Q: Tensor = torch.linalg.qr(A).Q
    return Q


def _fix_sign(rows: Tensor) -> Tensor:
    """Turn each row so that its entry of largest size is positive."""
    largest = rows.gather(1, rows.abs().argmax(1, keepdim=True))
    return rows * largest.sign()


def _require_matrix(A: Tensor, name: str) -> None:
    if A.ndim != 2:
        raise ValueError(f"expected {name} to be a matrix, received shape {tuple(A.shape)}")


def _require_square(A: Tensor) -> None:
    if A.ndim != 2 or A.shape[0] != A.shape[1]:
        raise ValueError(f"expected a square matrix, received shape {tuple(A.shape)}")


def _require_rank(A: Tensor, rank: int) -> None:
    _require_matrix(A, "A")
    if not 1 <= rank <= min(A.shape):
        raise ValueError(f"expected a number from 1 to {min(A.shape)}, received {rank}")
