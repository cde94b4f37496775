"""Compare what a chapter builds with the package's own and with PyTorch's.

Every concept of the book is built from scratch once and then compared: outputs, gradients,
parameter names, on random inputs of random sizes, in float64, where a wrong factor cannot
hide behind rounding.
"""

import copy
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor, nn

__all__ = ["NotSame", "Same", "check_same"]

Sizes: TypeAlias = dict[str, int]
Input: TypeAlias = str | Callable[[Sizes, torch.Generator], Any]

DEFAULT_SIZES = range(2, 8)


class NotSame(AssertionError):
    """Two implementations differ; the message says which, in what, where and by how much."""


@dataclass
class Same:
    """What `check_same` compared.

    Attributes
    ----------
    trials : int
        Random draws of sizes and inputs.
    dtype : torch.dtype
        The precision of the comparison.
    compared : list of str
        The quantities compared, such as ``"value"`` and ``"gradient of input 0"``.
    error : float
        The largest absolute difference met.
    """

    trials: int
    dtype: torch.dtype
    compared: list[str] = field(default_factory=list)
    error: float = 0.0

    def __repr__(self) -> str:
        precision = str(self.dtype).removeprefix("torch.")
        return (
            f"same in {', '.join(self.compared)} · {self.trials} random sizes · {precision} · "
            f"largest difference {self.error:.1g}"
        )


def check_same(
    mine: Callable[..., Any],
    *others: Callable[..., Any],
    inputs: Sequence[Input],
    grad: bool = True,
    trials: int = 3,
    seed: int = 0,
    dtype: torch.dtype = torch.float64,
    rtol: float | None = None,
    atol: float | None = None,
    **sizes: int | Sequence[int],
) -> Same:
    """Check that implementations agree, or say exactly where they do not.

    The last one is the reference; every other is compared with it. Functions are compared
    in their outputs and in the gradients of their floating-point inputs. Modules first
    receive the reference's parameters and buffers, by name; then their outputs, the gradients
    of inputs and of parameters, and their buffers after the call are compared.

    Parameters
    ----------
    mine : callable or torch.nn.Module
        What is to be checked.
    *others : callable or torch.nn.Module
        At least one more; the last is the reference. Modules only with modules. A function
        of NumPy arrays can be the reference when `grad` is false and it takes tensors.
    inputs : sequence of str or callable
        One entry an argument. A string names the axes of a normal random tensor: in
        ``"n c 3"`` the sizes n and c are drawn at random, 3 stays 3, and one letter has one
        size throughout; ``""`` is a scalar. A callable ``(sizes, generator) -> value`` makes
        any other argument.
    grad : bool, default True
        Compare gradients too. They are those of a random weighted sum of the outputs, so
        that no error can cancel.
    trials : int, default 3
        How many draws of sizes and inputs.
    seed : int, default 0
        Where the draws begin.
    dtype : torch.dtype, default torch.float64
        The precision in which all is computed.
    rtol, atol : float, optional
        Tolerances; by default those of `torch.testing.assert_close` for `dtype`.
    **sizes : int or sequence of int
        A fixed size, or the sizes to draw from, for an axis; from 2 to 7 by default.

    Returns
    -------
    Same
        What was compared; its text is one line.

    Raises
    ------
    NotSame
        At the first difference: in parameter names, shape, value, gradient or buffer.
    ValueError
        If there is no reference, or a size names no axis.

    Examples
    --------
    >>> check_same(lambda x: x.exp() / x.exp().sum(-1, keepdim=True),
    ...            lambda x: x.softmax(-1), inputs=["n d"])
    same in value, gradient of input 0 · 3 random sizes · float64 · largest difference 1e-16
    """
    if not others:
        raise ValueError("expected at least two implementations, received one: name a reference")
    axes = sorted({a for i in inputs if isinstance(i, str) for a in i.split() if not a.isdigit()})
    has_maker = any(callable(i) for i in inputs)
    if unknown := sorted(set(sizes) - set(axes)):
        if not has_maker:
            raise ValueError(f"expected sizes for the axes {axes}, received also {unknown}")
        axes = sorted({*axes, *unknown})
    contenders, reference = _prepare((mine, *others), dtype)
    report = Same(trials, dtype)
    tolerance = _tolerance(dtype, rtol, atol)
    chooser = random.Random(seed)
    generator = torch.Generator().manual_seed(seed)
    for _ in range(trials):
        drawn = {a: _draw_size(sizes.get(a, DEFAULT_SIZES), chooser) for a in axes}
        arguments = [_draw_input(i, drawn, generator, dtype) for i in inputs]
        expected = _observe(reference, arguments, grad=grad, seed=seed)
        for label, contender in contenders:
            received = _observe(contender, arguments, grad=grad, seed=seed)
            _compare(label, received, expected, tolerance, drawn, report)
    return report


# --- preparing ---------------------------------------------------------------------------


def _name(position: int, count: int, implementation: Callable[..., Any]) -> str:
    """Say which argument of `check_same` is meant, and what it is called."""
    role = "mine" if position == 0 else "ours" if position < count - 1 else "reference"
    own = getattr(implementation, "__name__", type(implementation).__name__)
    return f"{role} ({own})"


def _prepare(
    implementations: Sequence[Callable[..., Any]], dtype: torch.dtype
) -> tuple[list[tuple[str, Callable[..., Any]]], Callable[..., Any]]:
    """Copy modules, cast them to `dtype`, and give all of them the reference's state."""
    count = len(implementations)
    if len({isinstance(i, nn.Module) for i in implementations}) == 2:
        raise ValueError("expected either modules or functions, received both")
    if not isinstance(implementations[0], nn.Module):
        named = [(_name(i, count, f), f) for i, f in enumerate(implementations[:-1])]
        return named, implementations[-1]
    modules = [copy.deepcopy(m).to(dtype) for m in implementations]  # type: ignore[attr-defined]
    reference = modules[-1]
    contenders = []
    for i, module in enumerate(modules[:-1]):
        label = _name(i, count, module)
        _copy_state(label, module, reference)
        contenders.append((label, module))
    return contenders, reference


def _copy_state(label: str, module: nn.Module, reference: nn.Module) -> None:
    """Load the reference's parameters and buffers by name."""
    mine, theirs = module.state_dict(), reference.state_dict()
    missing, extra = sorted(theirs.keys() - mine.keys()), sorted(mine.keys() - theirs.keys())
    if missing or extra:
        raise NotSame(f"{label}: parameter names differ; missing {missing}, unexpected {extra}")
    for name, value in theirs.items():
        if mine[name].shape != value.shape:
            raise NotSame(
                f"{label}: parameter {name} has shape {tuple(mine[name].shape)}, "
                f"expected {tuple(value.shape)}"
            )
    module.load_state_dict(theirs)
    module.train(reference.training)


def _draw_size(choice: int | Sequence[int], chooser: random.Random) -> int:
    return choice if isinstance(choice, int) else chooser.choice(list(choice))


def _draw_input(kind: Input, sizes: Sizes, generator: torch.Generator, dtype: torch.dtype) -> Any:
    """Make one argument: a normal tensor of the named shape, or what the callable makes."""
    if not isinstance(kind, str):
        return kind(sizes, generator)
    shape = [int(a) if a.isdigit() else sizes[a] for a in kind.split()]
    return torch.randn(shape, generator=generator, dtype=dtype)


def _tolerance(dtype: torch.dtype, rtol: float | None, atol: float | None) -> dict[str, float]:
    """Return tolerances, torch's own for the precision unless the caller has others."""
    exact = {torch.float64: (1e-7, 1e-7), torch.float32: (1.3e-6, 1e-5)}
    default_rtol, default_atol = exact.get(dtype, (1e-2, 1e-3))
    return {
        "rtol": default_rtol if rtol is None else rtol,
        "atol": default_atol if atol is None else atol,
    }


# --- observing ---------------------------------------------------------------------------


def _as_tensors(output: Any) -> list[Tensor | None]:
    """Flatten an output, which may be nested, into tensors."""
    if output is None or isinstance(output, Tensor):
        return [output]
    if isinstance(output, Mapping):
        output = list(output.values())
    if isinstance(output, (tuple, list)) and not all(isinstance(o, (int, float)) for o in output):
        return [t for o in output for t in _as_tensors(o)]
    return [torch.as_tensor(np.asarray(output))]


def _observe(
    implementation: Callable[..., Any], arguments: Sequence[Any], *, grad: bool, seed: int
) -> dict[str, Tensor | None]:
    """Call an implementation and collect all that is to be compared, by name."""
    leaves = [a.clone() if isinstance(a, Tensor) else copy.deepcopy(a) for a in arguments]
    tracked = {}
    if grad:
        for i, leaf in enumerate(leaves):
            if isinstance(leaf, Tensor) and leaf.is_floating_point():
                tracked[f"gradient of input {i}"] = leaf.requires_grad_()
        if isinstance(implementation, nn.Module):
            for name, parameter in implementation.named_parameters():
                tracked[f"gradient of {name}"] = parameter
    torch.manual_seed(seed)  # implementations that draw random numbers draw the same ones
    outputs = _as_tensors(implementation(*leaves))
    many = len(outputs) > 1
    seen: dict[str, Tensor | None] = {
        f"value {i}" if many else "value": o.detach() if o is not None else None
        for i, o in enumerate(outputs)
    }
    if tracked:
        seen |= dict(zip(tracked, _gradients(outputs, list(tracked.values()), seed), strict=True))
    if isinstance(implementation, nn.Module):
        seen |= {f"buffer {n} after the call": b.clone() for n, b in implementation.named_buffers()}
    return seen


def _gradients(
    outputs: Sequence[Tensor | None], leaves: Sequence[Tensor], seed: int
) -> Sequence[Tensor | None]:
    """Differentiate a random weighted sum of the outputs; None where nothing flows."""
    generator = torch.Generator().manual_seed(seed)
    roots = [o for o in outputs if o is not None and o.requires_grad]
    if not roots:
        return [None] * len(leaves)
    total = sum(
        (o * torch.randn(o.shape, generator=generator, dtype=o.dtype)).sum()
        for o in outputs
        if o is not None and o.is_floating_point()
    )
    assert isinstance(total, Tensor)
    return torch.autograd.grad(total, leaves, allow_unused=True)


# --- comparing ---------------------------------------------------------------------------


def _compare(
    label: str,
    received: dict[str, Tensor | None],
    expected: dict[str, Tensor | None],
    tolerance: dict[str, float],
    sizes: Sizes,
    report: Same,
) -> None:
    """Raise `NotSame` at the first quantity that differs; note the others in the report."""
    where = f" at sizes {sizes}" if sizes else ""
    if received.keys() != expected.keys():
        raise NotSame(f"{label}{where}: {_outputs(received)}, expected {_outputs(expected)}")
    for quantity, theirs in expected.items():
        mine = received[quantity]
        _compare_one(f"{label}{where}: {quantity}", mine, theirs, tolerance, report)
        if quantity not in report.compared:
            report.compared.append(quantity)


def _outputs(seen: dict[str, Tensor | None]) -> str:
    values = sum(name.startswith("value") for name in seen)
    return f"{values} output{'s' if values != 1 else ''} and {len(seen) - values} other quantities"


def _compare_one(
    what: str,
    mine: Tensor | None,
    theirs: Tensor | None,
    tolerance: dict[str, float],
    report: Same,
) -> None:
    """Compare one tensor, and keep the largest difference."""
    if mine is None or theirs is None:
        # A gradient that autograd leaves out is a gradient of zero.
        present = theirs if mine is None else mine
        if present is None or not present.any():
            return
        if mine is None:
            raise NotSame(f"{what} is missing: the graph is cut (detach, no_grad, .item or .data?)")
        raise NotSame(f"{what} is there, but the reference has none")
    if mine.shape != theirs.shape:
        raise NotSame(f"{what} has shape {tuple(mine.shape)}, expected {tuple(theirs.shape)}")
    if mine.is_complex() != theirs.is_complex():
        raise NotSame(f"{what} has dtype {mine.dtype}, expected {theirs.dtype}")
    wide = torch.complex128 if mine.is_complex() else torch.float64
    a, b = mine.to(wide), theirs.to(wide)
    close = torch.isclose(a, b, equal_nan=True, **tolerance)
    difference = torch.where(close, 0.0, (a - b).abs())
    if not bool(close.all()):
        worst = int(difference.nan_to_num(nan=torch.inf).argmax())
        index = tuple(int(i) for i in np.unravel_index(worst, tuple(a.shape)))
        at = f" at index {index}" if index else ""
        raise NotSame(
            f"{what} differs{at}: {a.flatten()[worst].item():.8g}, expected "
            f"{b.flatten()[worst].item():.8g}; {int((~close).sum())} of {close.numel()} "
            f"entries differ, by up to {difference.flatten()[worst].item():.2g}"
        )
    difference = (a - b).abs().nan_to_num(nan=0.0)  # NaN where both are NaN, or inf - inf
    if difference.numel():
        report.error = max(report.error, difference.max().item())
