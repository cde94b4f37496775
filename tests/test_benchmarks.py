"""The benchmarks measure what they say, and their last results hold what the book claims."""

import json
import math
from collections import defaultdict
from dataclasses import replace
from functools import partial
from statistics import mean

import execute
import pytest
import torch
from torch import nn

from benchmarks import (
    _results,
    _training,
    digits,
    fashion_mnist,
    fit_overhead,
    page_weight,
)
from benchmarks.__main__ import BENCHMARKS
from benchmarks._recipes import one_cycle, sgd
from dlbook import data


def runs(name):
    """Return a benchmark's runs by recipe."""
    found = defaultdict(list)
    for run in _results.read(name)["runs"]:
        found[run["recipe"]].append(run)
    return found


def numbers(value):
    """Yield every number in a JSON value."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from numbers(item)
    elif isinstance(value, (int, float)):
        yield value


# --- the results that are kept ------------------------------------------------------------


@pytest.mark.parametrize("name", BENCHMARKS)
def test_results_are_well_formed(name):
    result = _results.read(name)
    assert set(result) == {"benchmark", "about", "machine", "runs"}
    assert result["benchmark"] == name
    assert {"processor", "cores", "threads", "torch", "python"} <= set(result["machine"])
    assert result["runs"]
    assert all(math.isfinite(x) and x >= 0 for x in numbers(result["runs"]))


@pytest.mark.parametrize("name", ["fashion_mnist", "digits"])
def test_trained_runs_are_complete(name):
    for run in [r for rs in runs(name).values() for r in rs if "test_accuracy" in r]:
        assert len(run["seconds"]) == len(run["val_accuracy"]) == run["epochs"]
        assert all(0 <= a <= 1 for a in [*run["val_accuracy"], run["test_accuracy"]])


def test_the_books_network_reaches_93_percent_in_two_minutes_on_fashion_mnist():
    ours = runs("fashion_mnist")["ResNet of this book"]
    assert len({run["seed"] for run in ours}) >= 3
    assert mean(run["test_accuracy"] for run in ours) >= 0.93
    assert all(sum(run["seconds"]) <= 120 for run in ours)


def test_the_plain_network_reads_99_percent_of_the_digits():
    ours = runs("digits")["ConvNet, augmented"]
    assert len({run["seed"] for run in ours}) >= 3
    assert mean(run["test_accuracy"] for run in ours) >= 0.99


def test_results_were_made_by_the_recipes_as_they_are_now():
    for module, name in ((fashion_mnist, "fashion_mnist"), (digits, "digits")):
        for recipe, found in runs(name).items():
            for run in found:
                assert run["source"] == module.RECIPES[recipe].about
                assert run["epochs"] == module.RECIPES[recipe].epochs
                assert run["batch_size"] == module.RECIPES[recipe].batch_size


# --- how they are kept --------------------------------------------------------------------


def test_record_replaces_the_run_with_the_same_key(tmp_path, monkeypatch):
    monkeypatch.setattr(_results, "RESULTS", tmp_path)
    for seed, accuracy in ((0, 0.5), (1, 0.6), (0, 0.7)):
        _results.record("x", "about", {"seed": seed, "accuracy": accuracy}, key=("seed",))
    kept = {run["seed"]: run["accuracy"] for run in _results.read("x")["runs"]}
    assert kept == {0: 0.7, 1: 0.6}


def test_record_does_not_mix_machines(tmp_path, monkeypatch):
    monkeypatch.setattr(_results, "RESULTS", tmp_path)
    _results.record("x", "about", {"seed": 0}, key=("seed",))
    path = tmp_path / "x.json"
    old = json.loads(path.read_text())
    path.write_text(json.dumps(old | {"machine": {"processor": "another"}}))
    _results.record("x", "about", {"seed": 1}, key=("seed",))
    assert [run["seed"] for run in _results.read("x")["runs"]] == [1]


def test_new_results_make_the_pages_that_quote_them_stale(tmp_path):
    (tmp_path / "src" / "dlbook").mkdir(parents=True)
    path = tmp_path / "benchmarks" / "results" / "x.json"
    path.parent.mkdir(parents=True)
    path.write_text("1")
    before = execute.fingerprint(tmp_path)
    path.write_text("2")
    assert execute.fingerprint(tmp_path) != before


def test_spread_has_the_quartiles():
    assert _results.spread([4.0, 1.0, 2.0, 3.0, 5.0]) == {
        "n": 5, "min": 1.0, "q1": 2.0, "median": 3.0, "q3": 4.0, "max": 5.0,
    }  # fmt: skip


# --- what is measured ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "size", "parameters"),
    [(fashion_mnist.lenet, 28, 61_706), (fashion_mnist.resnet18, 96, 11_178_378)],
)
def test_published_networks_have_their_size(build, size, parameters):
    net = build()
    assert sum(p.numel() for p in net.parameters()) == parameters
    assert net(torch.zeros(2, 1, size, size)).shape == (2, 10)


@pytest.fixture
def few_images():
    whole = data.digits()
    return replace(whole, train=whole.train[:64], val=whole.val[:32], test=whole.test[:32])


@pytest.fixture
def recipe():
    return _training.Recipe(
        about="tiny",
        network=lambda: nn.Sequential(nn.Flatten(), nn.Linear(784, 10)),
        optimizer=partial(sgd, lr=0.1),
        schedule=partial(one_cycle, lr=0.1),
        augment=data.random_flip(),
        prepare=fashion_mnist.standardize,
        epochs=2,
        batch_size=16,
    )


def test_a_run_is_reproducible_and_complete(few_images, recipe):
    first, second = (_training.train_and_test(recipe, few_images, 3) for _ in range(2))
    times = {"seconds", "cpu_seconds"}
    assert {k: v for k, v in first.items() if k not in times} == {
        k: v for k, v in second.items() if k not in times
    }
    assert first["steps"] == 8
    assert len(first["val_accuracy"]) == 2


def test_each_split_is_prepared_but_only_training_is_augmented(few_images, recipe):
    seen = []
    spy = replace(recipe, augment=lambda X, _: X + 1, prepare=lambda X: (seen.append(X), X)[1])
    _training.train_and_test(spy, few_images, 0)
    training = [X for X in seen if len(X) == 16]
    measured = [X for X in seen if len(X) == 32]
    assert all(X.min() >= 1 for X in training)
    assert all(X.min() == 0 for X in measured)
    assert (len(training), len(measured)) == (8, 3)  # validation twice, test once


def test_step_time_projects_the_whole_run(few_images, recipe):
    result = _training.step_time(recipe, few_images, steps=2)
    assert result["steps"] == 2 * 64 // 16
    assert result["step_seconds"]["n"] == 2
    expected = result["step_seconds"]["median"] * result["steps"]
    assert result["projected_seconds"] == pytest.approx(expected, abs=0.1)


def test_bare_loop_and_fit_take_the_same_steps(few_images):
    weights = []
    for loop in (fit_overhead.bare, fit_overhead.fitted):
        torch.manual_seed(0)
        model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        loop(model, data.loader(few_images.train, 16, shuffle=True, seed=0), optimizer)
        weights.append(model[1].weight.detach())
    assert torch.equal(*weights)


def test_explorers_are_cut_at_their_own_end():
    figure = '<div class="dlbook-explore x"><div>a</div><div>b</div></div>'
    assert page_weight.explorers(f"<div>{figure}<p>text</p>{figure}</div>") == [figure] * 2
    with pytest.raises(ValueError, match="closed"):
        page_weight.explorers('<div class="dlbook-explore"><div></div>')
