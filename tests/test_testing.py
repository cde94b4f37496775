"""check_same catches the mistakes that people make, and says where they are."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from dlbook.testing import NotSame, check_same


def attention(q, k, v):
    weights = (q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5).softmax(-1)
    return weights @ v


ATTENTION = {"inputs": ["b n d", "b m d", "b m e"]}


class Norm(nn.Module):
    """Layer norm over the last axis, right."""

    correction = 0

    def __init__(self, d):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d))
        self.bias = nn.Parameter(torch.zeros(d))

    def forward(self, x):
        variance = x.var(-1, keepdim=True, correction=self.correction)
        x = (x - x.mean(-1, keepdim=True)) / (variance + 1e-5).sqrt()
        return x * self.weight + self.bias


class UnbiasedNorm(Norm):
    correction = 1


class Transposed(nn.Module):
    """A square linear layer that forgets the transpose."""

    def __init__(self, d):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(d, d))
        self.bias = nn.Parameter(torch.zeros(d))

    def forward(self, x):
        return x @ self.weight + self.bias


def test_equal_functions_pass_and_report_what_was_compared():
    report = check_same(attention, F.scaled_dot_product_attention, **ATTENTION, trials=4)
    assert report.compared == ["value", *(f"gradient of input {i}" for i in range(3))]
    assert report.trials == 4
    assert 0 < report.error < 1e-12
    assert "same in value" in repr(report)


def test_equal_modules_pass_with_their_parameters():
    report = check_same(Norm(5), nn.LayerNorm(5), inputs=["n m 5"])
    assert "gradient of weight" in report.compared


def test_modules_receive_the_references_random_weights():
    check_same(nn.Linear(4, 3), nn.Linear(4, 3), inputs=["n 4"])


def test_modules_are_compared_with_the_references_weights_and_left_alone():
    mine, reference = Transposed(4), nn.Linear(4, 4)
    before = mine.weight.clone(), reference.weight.clone()
    with pytest.raises(NotSame):
        check_same(mine, reference, inputs=["n 4"])
    assert torch.equal(mine.weight, before[0])
    assert torch.equal(reference.weight, before[1])
    assert reference.weight.dtype == torch.float32
    assert reference.weight.grad is None


def test_a_missing_scale_is_caught():
    def unscaled(q, k, v):
        return (q @ k.transpose(-1, -2)).softmax(-1) @ v

    with pytest.raises(NotSame, match=r"mine \(unscaled\).*value differs at index"):
        check_same(unscaled, F.scaled_dot_product_attention, **ATTENTION)


def test_a_transposed_weight_is_caught():
    with pytest.raises(NotSame, match=r"mine \(Transposed\).*value differs"):
        check_same(Transposed(4), nn.Linear(4, 4), inputs=["n 4"])


def test_an_unbiased_variance_is_caught():
    with pytest.raises(NotSame, match=r"mine \(UnbiasedNorm\).*value differs"):
        check_same(UnbiasedNorm(5), nn.LayerNorm(5), inputs=["n 5"])


def test_an_unbiased_variance_hidden_by_size_is_caught_in_float64():
    wide = 4096
    with pytest.raises(NotSame):
        check_same(UnbiasedNorm(wide), nn.LayerNorm(wide), inputs=[f"n {wide}"])


def test_a_detached_gradient_is_caught():
    def detached(x):
        return x.detach().softmax(-1)

    with pytest.raises(NotSame, match="gradient of input 0 is missing: the graph is cut"):
        check_same(detached, lambda x: x.softmax(-1), inputs=["n d"])


def test_a_partly_detached_gradient_is_caught():
    def partly(x):
        return (x - x.amax(-1, keepdim=True)).exp() / x.detach().exp().sum(-1, keepdim=True)

    with pytest.raises(NotSame, match="differs"):
        check_same(partly, lambda x: x.softmax(-1), inputs=["n d"])


def test_a_wrong_gradient_under_a_right_value_is_caught():
    class Half(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**2

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * x

    with pytest.raises(NotSame, match=r"gradient of input 0 differs at index"):
        check_same(Half.apply, lambda x: x**2, inputs=["n"])


def test_the_middle_one_is_named_when_it_is_wrong():
    def wrong(x):
        return x.tanh() * 1.001

    with pytest.raises(NotSame, match=r"ours \(wrong\)"):
        check_same(lambda x: x.tanh(), wrong, torch.tanh, inputs=["n"])


def test_parameter_names_that_differ_are_listed():
    class Renamed(nn.Module):
        def __init__(self):
            super().__init__()
            self.W = nn.Parameter(torch.randn(3, 3))
            self.bias = nn.Parameter(torch.zeros(3))

    with pytest.raises(NotSame, match=r"missing \['weight'\], unexpected \['W'\]"):
        check_same(Renamed(), nn.Linear(3, 3), inputs=["n 3"])


def test_buffers_after_the_call_are_compared():
    mine, reference = nn.BatchNorm1d(3, momentum=0.2), nn.BatchNorm1d(3)
    with pytest.raises(NotSame, match="buffer running_mean after the call"):
        check_same(mine, reference, inputs=["n 3"])
    check_same(nn.BatchNorm1d(3), reference, inputs=["n 3"])


def test_shapes_that_broadcast_are_not_the_same():
    with pytest.raises(NotSame, match=r"shape \(\d, 1\), expected \(\d,\)"):
        check_same(lambda x: x.sum(-1, keepdim=True), lambda x: x.sum(-1), inputs=["n d"])


def test_nan_against_a_number_is_a_difference():
    with pytest.raises(NotSame, match=r"nan, expected .* by up to nan"):
        check_same(lambda x: x * torch.nan, lambda x: x, inputs=["n"], grad=False)


def test_an_output_too_many_is_a_difference():
    with pytest.raises(NotSame, match="2 outputs"):
        check_same(lambda x: (x, x), lambda x: x, inputs=["n"], grad=False)


def test_sizes_vary_between_trials_and_obey_their_bounds():
    seen = []

    def look(x):
        seen.append(tuple(x.shape))
        return x

    check_same(look, lambda x: x, inputs=["n 3 k"], n=range(10, 40), k=4, trials=6)
    assert len({n for n, _, _ in seen}) > 1
    assert all(10 <= n < 40 and (three, k) == (3, 4) for n, three, k in seen)


def test_numpy_can_be_the_reference_and_callables_make_inputs():
    def labels(sizes, generator):
        return torch.randint(0, 3, (sizes["n"],), generator=generator)

    check_same(
        lambda y: F.one_hot(y, 3).sum(0),
        lambda y: np.bincount(y, minlength=3),
        inputs=[labels],
        n=range(3, 9),
        grad=False,
    )


def test_functions_that_draw_random_numbers_draw_the_same():
    check_same(lambda x: F.dropout(x, 0.5), lambda x: F.dropout(x, 0.5), inputs=["n d"])


def test_bad_calls_are_refused():
    with pytest.raises(ValueError, match="at least two"):
        check_same(torch.sin, inputs=["n"])
    with pytest.raises(ValueError, match=r"\['m'\]"):
        check_same(torch.sin, torch.sin, inputs=["n"], m=3)
    with pytest.raises(ValueError, match="both"):
        check_same(torch.sin, nn.Tanh(), inputs=["n"])
