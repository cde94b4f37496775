"""The common 32-64-128 network on the book's 10,000 handwritten digits: accuracy and minutes.

Trained on 7,000, chosen on 1,000, tested once, at the end, on 2,000. Beside it the same network
without augmentation: the difference is what moving the digits about is worth.
"""

import argparse
from dataclasses import replace
from functools import partial

import torch.nn.functional as F

from benchmarks._recipes import adamw, one_cycle
from benchmarks._results import record
from benchmarks._training import Recipe, train_and_test
from dlbook import data, models

__all__ = ["RECIPES", "add_arguments", "run"]

ABOUT = "10,000 digits, 7,000 / 1,000 / 2,000 images; times are of training alone"

BOOK = Recipe(
    about="AdamW, one cycle; each digit turned, scaled and shifted a little",
    network=models.ConvNet,
    optimizer=partial(adamw, lr=3e-3, weight_decay=0.01),
    schedule=partial(one_cycle, lr=3e-3),
    loss=partial(F.cross_entropy, label_smoothing=0.05),
    augment=data.random_affine(degrees=10, translate=0.08, scale=(0.9, 1.1)),
    epochs=40,
    batch_size=64,
    channels_last=True,
)
RECIPES = {
    "ConvNet, augmented": BOOK,
    "ConvNet, as shipped": replace(BOOK, about="the same without augmentation", augment=None),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this benchmark's options."""
    parser.add_argument("--recipes", nargs="+", choices=list(RECIPES), default=list(RECIPES))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])


def run(args: argparse.Namespace) -> None:
    """Train and test each recipe with each seed."""
    images = data.digits()
    for name in args.recipes:
        recipe = RECIPES[name]
        print(f"{name}: {recipe.about}", flush=True)
        for seed in args.seeds:
            result = train_and_test(recipe, images, seed)
            run = {"recipe": name, "source": recipe.about, **result}
            record("digits", ABOUT, run, key=("recipe", "seed"))
