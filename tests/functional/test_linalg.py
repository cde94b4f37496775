"""functional.linalg against torch, NumPy and scikit-learn: values and gradients."""

import inspect
import math

import numpy as np
import pytest
import torch
from sklearn import decomposition, linear_model

from dlbook import functional
from dlbook.testing import check_same


def make(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def with_spectrum(values, rows, columns, seed=0):
    """A matrix with the given singular values."""
    U = torch.linalg.qr(make(rows, len(values), seed=seed)).Q
    V = torch.linalg.qr(make(columns, len(values), seed=seed + 1)).Q
    return (U * torch.tensor(values, dtype=torch.float64)) @ V.T


def symmetric(sizes, generator):
    """Eigenvalues 4, -2, 1, ...: a gap of two, so that power iteration is quick."""
    n = sizes["n"]
    Q = torch.linalg.qr(torch.randn(n, n, dtype=torch.float64, generator=generator)).Q
    values = 4.0 * (-0.5) ** torch.arange(n, dtype=torch.float64)
    A = (Q * values) @ Q.T
    return ((A + A.T) / 2).requires_grad_()


def test_matmul_is_torchs():
    check_same(functional.matmul, torch.matmul, inputs=["m k", "k n"])


def test_matmul_with_no_inner_axis_is_zero():
    assert torch.equal(functional.matmul(torch.ones(2, 0), torch.ones(0, 3)), torch.zeros(2, 3))


@pytest.mark.parametrize("p", [1.0, 1.5, 2.0, 3.0, math.inf])
@pytest.mark.parametrize("dim", [0, -1])
@pytest.mark.parametrize("keepdim", [False, True])
def test_norm_is_torchs(p, dim, keepdim):
    check_same(
        lambda x: functional.norm(x, p, dim=dim, keepdim=keepdim),
        lambda x: torch.linalg.vector_norm(x, p, dim=dim, keepdim=keepdim),
        inputs=["a b c"],
    )


def test_norm_neither_overflows_nor_vanishes():
    x = torch.tensor([[3e30, 4e30], [3e-30, 4e-30]])
    torch.testing.assert_close(functional.norm(x), torch.tensor([5e30, 5e-30]))


@pytest.mark.parametrize("p", [1.0, 2.0, math.inf])
def test_norm_with_an_infinite_entry_is_infinite(p):
    assert functional.norm(torch.tensor([math.inf, 1.0]), p) == math.inf


@pytest.mark.parametrize("p", [1.0, 2.0, 3.0])
def test_norm_of_zero_has_zero_gradient(p):
    x = torch.zeros(4, requires_grad=True)
    length = functional.norm(x, p)
    length.backward()
    assert length.item() == 0
    assert torch.equal(x.grad, torch.zeros(4))


@pytest.mark.parametrize("p", [0.5, 0.0, -1.0, math.nan])
def test_norm_refuses_what_is_no_norm(p):
    with pytest.raises(ValueError, match="p >= 1"):
        functional.norm(torch.ones(2), p)


def test_solve_is_torchs():
    check_same(functional.solve, torch.linalg.solve, inputs=["n n", "n k"], trials=5)


def test_solve_swaps_rows_when_a_pivot_is_zero_or_tiny():
    A = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    B = torch.tensor([[2.0], [3.0]])
    assert torch.equal(functional.solve(A, B), torch.tensor([[3.0], [2.0]]))
    # Without the swap, 1e-20 as a pivot would give x = (0, 1).
    A = torch.tensor([[1e-20, 1.0], [1.0, 1.0]])
    B = torch.tensor([[1.0], [2.0]])
    torch.testing.assert_close(functional.solve(A, B), torch.ones(2, 1))


def test_solve_refuses_a_singular_matrix():
    with pytest.raises(ValueError, match="singular"):
        functional.solve(torch.tensor([[1.0, 2.0], [2.0, 4.0]]), torch.ones(2, 1))


def test_det_is_torchs():
    check_same(functional.det, torch.linalg.det, inputs=["n n"], trials=5)


def test_det_of_singular_and_of_permutation():
    assert functional.det(torch.ones(3, 3)) == 0
    assert functional.det(torch.eye(3)[[1, 0, 2]]) == -1
    assert functional.det(torch.eye(3)[[1, 2, 0]]) == 1


def test_power_iteration_is_eighs():
    def largest(A):
        value, vector = functional.power_iteration(A)
        return value, vector.outer(vector)  # the projector has no sign to disagree about

    def reference(A):
        values, vectors = torch.linalg.eigh(A)
        i = values.abs().argmax()
        return values[i], vectors[:, i].outer(vectors[:, i])

    def values_only(function):
        return lambda A: function(A)[0]

    check_same(largest, reference, inputs=[symmetric], n=range(2, 7), grad=False)
    check_same(values_only(largest), values_only(reference), inputs=[symmetric], n=range(2, 7))


def test_power_iteration_repeats_and_fixes_its_sign():
    A = symmetric({"n": 5}, torch.Generator().manual_seed(3)).detach()
    starts = [torch.Generator().manual_seed(seed) for seed in range(4)]
    vectors = [functional.power_iteration(A, generator=g)[1] for g in starts]
    for vector in vectors:
        torch.testing.assert_close(vector, vectors[0])
        assert vector[vector.abs().argmax()] > 0
        torch.testing.assert_close(vector.norm(), torch.tensor(1.0, dtype=torch.float64))


def test_power_iteration_finds_a_negative_eigenvalue():
    A = -symmetric({"n": 4}, torch.Generator().manual_seed(1)).detach()
    value, vector = functional.power_iteration(A)
    assert value == pytest.approx(-4.0)
    torch.testing.assert_close(A @ vector, value * vector)


def test_power_iteration_says_when_two_eigenvalues_tie():
    with pytest.raises(RuntimeError, match="no convergence in 50 steps"):
        functional.power_iteration(torch.diag(torch.tensor([1.0, -1.0])), max_steps=50)
    with pytest.raises(ValueError, match="symmetric"):
        functional.power_iteration(torch.tensor([[1.0, 2.0], [0.0, 1.0]]))


@pytest.mark.parametrize("shape", [(40, 60), (60, 40)])
def test_truncated_svd_is_torchs(shape):
    A = with_spectrum([10 * 0.7**i for i in range(40)], *shape)
    U, S, Vh = functional.truncated_svd(A, 5, generator=torch.Generator().manual_seed(0))
    exact = torch.linalg.svd(A, full_matrices=False)
    torch.testing.assert_close(S, exact.S[:5])
    torch.testing.assert_close((U * S) @ Vh, functional.low_rank(A, 5))
    torch.testing.assert_close(U.T @ U, torch.eye(5, dtype=A.dtype))
    torch.testing.assert_close(Vh @ Vh.T, torch.eye(5, dtype=A.dtype))


def test_truncated_svd_gains_from_steps_on_a_flat_spectrum():
    A = with_spectrum([1 + 0.01 * i for i in range(50)], 50, 50)
    exact = torch.linalg.svdvals(A)[0]
    errors = [
        exact
        - functional.truncated_svd(
            A, 1, num_steps=steps, oversample=2, generator=torch.Generator().manual_seed(0)
        )[1][0]
        for steps in (0, 4, 40)
    ]
    assert errors[0] > errors[1] > errors[2] > 0


@pytest.mark.parametrize("rank", [1, 2, 4])
def test_low_rank_beats_what_random_search_finds(rank):
    A = make(6, 4)
    nearest = functional.low_rank(A, rank)
    assert torch.linalg.matrix_rank(nearest) == rank
    tail = torch.linalg.svdvals(A)[rank:]
    torch.testing.assert_close((A - nearest).square().sum(), tail.square().sum())
    for seed in range(100):  # the best matrix of that rank with a random column space
        Q = torch.linalg.qr(A @ make(4, rank, seed=seed)).Q
        assert torch.linalg.norm(A - Q @ Q.T @ A) >= torch.linalg.norm(A - nearest) - 1e-12


def test_low_rank_has_the_gradient_of_svd():
    def reference(A):
        U, S, Vh = torch.linalg.svd(A, full_matrices=False)
        return U[:, :2] @ torch.diag(S[:2]) @ Vh[:2]

    check_same(
        lambda A: functional.low_rank(A, 2), reference, inputs=["m n"], m=range(3, 7), n=range(3, 7)
    )


@pytest.mark.parametrize(("m", "n"), [(5, 3), (3, 5), (4, 4)])
def test_pinv_is_torchs(m, n):
    check_same(functional.pinv, torch.linalg.pinv, inputs=["m n"], m=m, n=n)


def test_pinv_of_an_empty_matrix_is_empty():
    assert functional.pinv(torch.ones(0, 3)).shape == (3, 0)


def test_pinv_of_a_rank_deficient_matrix_meets_penroses_conditions():
    A = with_spectrum([3.0, 1.0], 5, 4)
    P = functional.pinv(A)
    torch.testing.assert_close(A @ P @ A, A)
    torch.testing.assert_close(P @ A @ P, P)
    torch.testing.assert_close((A @ P).T, A @ P)
    torch.testing.assert_close((P @ A).T, P @ A)
    assert torch.equal(functional.pinv(torch.zeros(2, 3)), torch.zeros(3, 2))


def test_pinv_drops_small_singular_values():
    A = with_spectrum([1.0, 1e-3], 4, 4)
    assert torch.linalg.matrix_norm(functional.pinv(A), 2) == pytest.approx(1e3)
    dropped = functional.pinv(A, rtol=1e-2)
    torch.testing.assert_close(dropped, torch.linalg.pinv(A, rtol=1e-2))
    torch.testing.assert_close(functional.pinv(100 * A, rtol=1e-2), dropped / 100)
    assert torch.linalg.matrix_norm(dropped, 2) == pytest.approx(1.0)


@pytest.mark.parametrize("penalty", [1e-3, 1.0, 100.0])
@pytest.mark.parametrize("d", [3, 12])
def test_ridge_is_sklearns_and_its_gradient_the_normal_equations(penalty, d):
    X, y = make(8, d), make(8, seed=1)
    w = functional.ridge(X, y, penalty=penalty)
    reference = linear_model.Ridge(alpha=penalty, fit_intercept=False).fit(X.numpy(), y.numpy())
    np.testing.assert_allclose(w.numpy(), reference.coef_, rtol=1e-8, atol=1e-10)

    def normal_equations(X, y):
        gram = X.T @ X + penalty * torch.eye(X.shape[1], dtype=X.dtype)
        return torch.linalg.solve(gram, X.T @ y)

    check_same(
        lambda X, y: functional.ridge(X, y, penalty=penalty),
        normal_equations,
        inputs=["n d", "n"],
        d=d,
        rtol=1e-7,
        atol=1e-8,
    )


def test_pca_is_sklearns():
    X = make(30, 6) * torch.tensor([5.0, 4, 3, 2, 1, 0.5]) + 10
    mine = functional.pca(X, 4)
    theirs = decomposition.PCA(4, svd_solver="full").fit(X.numpy())
    agree = np.sign((mine.components.numpy() * theirs.components_).sum(1))
    np.testing.assert_allclose(mine.mean.numpy(), theirs.mean_)
    np.testing.assert_allclose(mine.components.numpy() * agree[:, None], theirs.components_)
    np.testing.assert_allclose(mine.explained_variance.numpy(), theirs.explained_variance_)
    ratio = mine.explained_variance / mine.total_variance
    np.testing.assert_allclose(ratio.numpy(), theirs.explained_variance_ratio_)
    Z, their_Z = mine.transform(X), theirs.transform(X.numpy())
    np.testing.assert_allclose(Z.numpy() * agree, their_Z)
    np.testing.assert_allclose(mine.inverse_transform(Z).numpy(), theirs.inverse_transform(their_Z))


def test_pca_has_the_gradient_of_the_covariances_eigenvalues():
    def reference(X):
        return torch.linalg.eigvalsh(torch.cov(X.T)).flip(0)[:2]

    check_same(
        lambda X: functional.pca(X, 2).explained_variance,
        reference,
        inputs=["n d"],
        n=range(5, 9),
        d=range(2, 5),
    )


def test_pca_fixes_signs_and_ignores_a_shift():
    X = make(20, 5)
    first, second = functional.pca(X, 3), functional.pca(X.flip(0) + 7, 3)
    torch.testing.assert_close(first.components, second.components)
    largest = first.components.abs().argmax(1, keepdim=True)
    assert (first.components.gather(1, largest) > 0).all()


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (functional.matmul, (make(2, 3), make(2, 3)), "expected B with 3 rows"),
        (functional.matmul, (make(2, 3), make(3)), "B to be a matrix"),
        (functional.solve, (make(2, 3), make(2, 1)), "square"),
        (functional.solve, (make(2, 2), make(3, 1)), "B with 2 rows"),
        (functional.solve, (make(2, 2), make(2)), "B to be a matrix"),
        (functional.det, (make(2, 3),), "square"),
        (functional.power_iteration, (make(2, 3),), "square"),
        (functional.truncated_svd, (make(2, 3), 3), "from 1 to 2, received 3"),
        (functional.low_rank, (make(2, 3), 0), "from 1 to 2, received 0"),
        (functional.pinv, (make(3),), "A to be a matrix"),
        (functional.pca, (make(1, 3), 1), "at least 2 rows"),
        (functional.pca, (make(4, 3), 4), "from 1 to 3, received 4"),
    ],
)
def test_a_wrong_shape_is_named(function, arguments, message):
    plain = inspect.unwrap(function)  # without the suite's own check of shapes
    with pytest.raises(ValueError, match=message):
        plain(*arguments)


def test_a_wrong_setting_is_named():
    with pytest.raises(ValueError, match="rtol >= 0"):
        functional.pinv(make(3, 3), rtol=-1.0)
    with pytest.raises(ValueError, match="positive penalty"):
        functional.ridge(make(3, 2), make(3), penalty=0.0)
    with pytest.raises(ValueError, match="y of shape"):
        inspect.unwrap(functional.ridge)(make(3, 2), make(2), penalty=1.0)
