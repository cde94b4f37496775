"""fit is the plain loop, with what a longer run needs around it."""

import copy
import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from dlbook.train import EarlyStopping, History, NonFiniteLossError, evaluate, fit, predict


@pytest.fixture
def problem():
    """Three linearly separable classes, in batches of unequal size."""
    generator = torch.Generator().manual_seed(0)
    X = torch.randn(70, 4, generator=generator)
    y = (X @ torch.randn(4, 3, generator=generator)).argmax(-1)
    return list(zip(X.split(16), y.split(16), strict=True))


def linear():
    torch.manual_seed(1)
    return nn.Linear(4, 3)


def accuracy(logits, y):
    return (logits.argmax(-1) == y).float().mean()


def test_fit_is_the_plain_loop(problem):
    mine, plain = linear(), linear()
    fit(mine, problem, F.cross_entropy, torch.optim.SGD(mine.parameters(), 0.5), epochs=3)
    optimizer = torch.optim.SGD(plain.parameters(), 0.5)
    for _ in range(3):
        for X, y in problem:
            optimizer.zero_grad()
            F.cross_entropy(plain(X), y).backward()
            optimizer.step()
    assert torch.equal(mine.weight, plain.weight)


def test_history_holds_means_over_examples(problem):
    model = linear()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-12)  # the model stays as it is
    history = fit(
        model, problem, F.cross_entropy, optimizer, epochs=1, metrics={"accuracy": accuracy}
    )
    X, y = (torch.cat(t) for t in zip(*problem, strict=True))
    assert history["loss"][0] == pytest.approx(F.cross_entropy(linear()(X), y).item(), abs=1e-5)
    assert history["accuracy"][0] == pytest.approx(accuracy(linear()(X), y).item(), abs=1e-5)


def test_validation_is_in_evaluation_mode_and_leaves_no_trace(problem):
    torch.manual_seed(0)
    model = nn.Sequential(nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 3))
    first = evaluate(model, problem, F.cross_entropy)
    assert evaluate(model, problem, F.cross_entropy) == first
    assert model.training
    assert model[0].num_batches_tracked == 0


def test_training_reduces_the_loss_and_is_left_in_evaluation_mode(problem):
    model = linear()
    optimizer = torch.optim.Adam(model.parameters(), 0.1)
    history = fit(model, problem, F.cross_entropy, optimizer, epochs=20, val_loader=problem)
    assert history["val_loss"][-1] < 0.3 * history["val_loss"][0]
    assert not model.training
    assert history.stopped == "finished"
    assert len(history) == 20


@pytest.mark.parametrize(("each", "steps"), [("batch", 10), ("epoch", 2)])
def test_the_scheduler_steps_as_told(problem, each, steps):
    model = linear()
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.5)
    history = fit(
        model,
        problem,
        F.cross_entropy,
        optimizer,
        epochs=2,
        scheduler=scheduler,
        step_scheduler_each=each,
    )
    assert history["lr"][-1] == pytest.approx(0.5**steps)


def test_clipping_bounds_the_step(problem):
    model = linear()
    before = copy.deepcopy(model)
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    fit(model, problem[:1], F.cross_entropy, optimizer, epochs=1, clip_norm=0.01)
    moved = torch.stack(
        [(a - b).norm() for a, b in zip(model.parameters(), before.parameters(), strict=True)]
    ).norm()
    assert moved.item() == pytest.approx(0.01, rel=1e-3)


def test_early_stopping_returns_to_the_best_weights(problem):
    model = linear()
    values = iter([3.0, 1.0, 2.0, 2.0, 0.0])
    weights = []

    class Val:
        def __iter__(self):
            weights.append(model.weight.detach().clone())
            self.value = next(values)
            return iter([(problem[0][0], problem[0][1])])

    val = Val()
    history = fit(
        model,
        problem,
        F.cross_entropy,
        torch.optim.SGD(model.parameters(), 0.5),
        epochs=9,
        val_loader=val,
        metrics={"score": lambda logits, y: torch.tensor(-getattr(val, "value", 0.0))},
        early_stopping=EarlyStopping("val_score", patience=2),
    )
    assert history.stopped == "early"
    assert len(history) == 4
    assert history.best_epoch == 2
    assert torch.equal(model.weight, weights[1])
    assert not torch.equal(weights[1], weights[3])


def test_early_stopping_directions_and_bad_arguments(problem):
    assert EarlyStopping("val_loss").improves(1.0, 2.0)
    assert not EarlyStopping("val_accuracy").improves(0.5, 0.6)
    assert not EarlyStopping("val_loss", min_delta=0.5).improves(1.8, 2.0)
    assert not EarlyStopping("val_loss").improves(math.nan, None)
    with pytest.raises(ValueError, match="patience"):
        EarlyStopping(patience=0)
    model = linear()
    with pytest.raises(ValueError, match="val_f1"):
        fit(
            model,
            problem,
            F.cross_entropy,
            torch.optim.SGD(model.parameters(), 0.1),
            epochs=1,
            early_stopping=EarlyStopping("val_f1"),
        )


def test_a_loss_that_is_not_finite_names_the_batch_and_spares_the_weights(problem):
    X, y = problem[2]
    problem[2] = (X * math.inf, y)
    model = linear()
    with pytest.raises(NonFiniteLossError, match=r"epoch 1, batch 3.*clip_norm"):
        fit(model, problem, F.cross_entropy, torch.optim.SGD(model.parameters(), 0.1), epochs=2)
    assert model.weight.isfinite().all()


def test_an_interrupt_keeps_what_was_learnt(problem):
    model = linear()
    calls = 0

    def impatient(logits, y):
        nonlocal calls
        calls += 1
        if calls == 8:
            raise KeyboardInterrupt
        return F.cross_entropy(logits, y)

    history = fit(model, problem, impatient, torch.optim.SGD(model.parameters(), 0.1), epochs=5)
    assert history.stopped == "interrupted"
    assert len(history) == 1
    assert not torch.equal(model.weight, linear().weight)


def test_bad_arguments_are_refused_before_training(problem):
    model = linear()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with pytest.raises(ValueError, match="at least one epoch"):
        fit(model, problem, F.cross_entropy, optimizer, epochs=0)
    with pytest.raises(ValueError, match="empty loader"):
        fit(model, [], F.cross_entropy, optimizer, epochs=1)
    with pytest.raises(ValueError, match="none of the model's parameters"):
        fit(linear(), problem, F.cross_entropy, optimizer, epochs=1)
    with pytest.raises(ValueError, match="scalar loss"):
        fit(
            model,
            problem,
            lambda a, b: F.cross_entropy(a, b, reduction="none"),
            optimizer,
            epochs=1,
        )


def test_autocast_trains_in_bfloat16(problem):
    model = linear()
    seen = []

    def loss_fn(logits, y):
        seen.append(logits.dtype)
        return F.cross_entropy(logits.float(), y)

    fit(model, problem, loss_fn, torch.optim.SGD(model.parameters(), 0.1), epochs=1, amp=True)
    assert set(seen) == {torch.bfloat16}
    assert model.weight.dtype == torch.float32


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_cuda_uses_autocast_by_default(problem):
    model = linear()
    seen = []

    def loss_fn(logits, y):
        seen.append((logits.dtype, logits.device.type))
        return F.cross_entropy(logits.float(), y)

    fit(model, problem, loss_fn, torch.optim.SGD(model.parameters(), 0.1), epochs=1)
    assert set(seen) == {(torch.bfloat16, "cuda")}


def test_predict_keeps_order_and_mode():
    model = nn.Sequential(nn.Linear(4, 3), nn.Dropout(0.9)).train()
    X = torch.randn(11, 4)
    assert torch.allclose(predict(model, X, batch_size=4, device="cpu"), model[0].cpu()(X))
    assert model.training
    with pytest.raises(ValueError, match="received 0"):
        predict(model, X[:0])


def test_history_shows_as_a_table_and_names_missing_keys():
    history = History([{"epoch": 1.0, "loss": 0.5}, {"epoch": 2.0, "loss": 0.25}])
    assert history["loss"] == [0.5, 0.25]
    assert history._repr_html_().count("<tr>") == 3
    assert "0.25" in repr(history)
    with pytest.raises(KeyError, match="accuracy"):
        history["accuracy"]


@pytest.mark.parametrize(("progress", "shown"), [(True, True), (False, False), (None, False)])
def test_the_bar_is_quiet_in_ci(problem, capsys, monkeypatch, progress, shown):
    monkeypatch.setenv("CI", "true")
    model = linear()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    fit(model, problem, F.cross_entropy, optimizer, epochs=1, progress=progress)
    assert ("batch/s" in capsys.readouterr().err) is shown
