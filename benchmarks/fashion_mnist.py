"""Accuracy against minutes on Fashion-MNIST, for the book's network and two published recipes.

All are trained on the same 55,000 images and tested once, at the end, on the official 10,000.
The book's recipe was chosen on 5,000 images held out of the training file. The published
recipes are written anew from their description. The large one takes more than an hour a run:
a few of its steps are timed, and the whole run is projected from them.
"""

import argparse
from functools import partial

import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks._recipes import BothWays, adamw, one_cycle, sgd
from benchmarks._results import record
from benchmarks._training import Recipe, step_time, train_and_test
from dlbook import data, models

__all__ = ["RECIPES", "add_arguments", "run"]

ABOUT = "Fashion-MNIST, 55,000 / 5,000 / 10,000 images; times are of training alone"


def lenet() -> nn.Module:
    """Build LeNet-5 with sigmoids and average pooling."""
    net = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2),
        nn.Sigmoid(),
        nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.Sigmoid(),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 120),
        nn.Sigmoid(),
        nn.Linear(120, 84),
        nn.Sigmoid(),
        nn.Linear(84, 10),
    )
    return _xavier(net)


class Block(nn.Module):
    """Two 3x3 convolutions with batch normalisation around a shortcut (He et al. 2016)."""

    def __init__(self, channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, out_channels, 3, stride, padding=1),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(),
            nn.Conv2d(out_channels, out_channels, 3, padding=1),
            nn.BatchNorm2d(out_channels),
        )
        same = stride == 1 and channels == out_channels
        self.shortcut = nn.Identity() if same else nn.Conv2d(channels, out_channels, 1, stride)

    def forward(self, X: Tensor) -> Tensor:
        """Map (n, channels, h, w) to (n, out_channels, h / stride, w / stride)."""
        return F.relu(self.body(X) + self.shortcut(X))


def resnet18() -> nn.Module:
    """Build ResNet-18 for one input channel."""
    layers = [nn.Conv2d(1, 64, 7, 2, padding=3), nn.BatchNorm2d(64), nn.ReLU()]
    layers.append(nn.MaxPool2d(3, 2, padding=1))
    channels = 64
    for out_channels in (64, 128, 256, 512):
        layers.append(Block(channels, out_channels, 1 if out_channels == 64 else 2))
        layers.append(Block(out_channels, out_channels, 1))
        channels = out_channels
    net = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10))
    return _xavier(net)


def _xavier(net: nn.Module) -> nn.Module:
    for layer in net.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d):
            nn.init.xavier_uniform_(layer.weight)
    return net


def standardize(X: Tensor) -> Tensor:
    """Shift and scale pixels to mean 0 and variance 1 over the training images."""
    return (X - 0.286) / 0.353


RECIPES = {
    "ResNet of this book": Recipe(
        about=(
            "this book: dlbook.models.ResNet, AdamW, one cycle, images mirrored at random; "
            "predicts from an image and its mirror image"
        ),
        network=models.ResNet,
        optimizer=partial(adamw, lr=0.01, weight_decay=0.05),
        schedule=partial(one_cycle, lr=0.01, warmup=0.25),
        loss=partial(F.cross_entropy, label_smoothing=0.05),
        augment=data.random_flip(),
        prepare=standardize,
        predictor=BothWays,
        epochs=9,
        batch_size=128,
        channels_last=True,
    ),
    "LeNet, sigmoid": Recipe(
        about=(
            "Dive into Deep Learning, first edition, section 6.6: LeNet-5 with sigmoids, "
            "Xavier initialisation, SGD with learning rate 0.9, batches of 256, 10 epochs"
        ),
        network=lenet,
        optimizer=partial(sgd, lr=0.9),
        epochs=10,
        batch_size=256,
    ),
    "ResNet-18, 96 px": Recipe(
        about=(
            "Dive into Deep Learning, first edition, section 7.6: ResNet-18, images resized to "
            "96 x 96, SGD with learning rate 0.05, batches of 256, 10 epochs"
        ),
        network=resnet18,
        optimizer=partial(sgd, lr=0.05),
        epochs=10,
        batch_size=256,
        prepare=partial(F.interpolate, size=96, mode="bilinear"),
    ),
}
PROJECTED = {"ResNet-18, 96 px"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this benchmark's options."""
    parser.add_argument("--recipes", nargs="+", choices=list(RECIPES), default=list(RECIPES))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument(
        "--full",
        action="store_true",
        help="train the large network to the end instead of projecting its time",
    )
    parser.add_argument("--steps", type=int, default=10, help="steps timed for a projection")


def run(args: argparse.Namespace) -> None:
    """Train and test, or time and project, each recipe with each seed."""
    images = data.fashion_mnist()
    for name in args.recipes:
        recipe = RECIPES[name]
        print(f"{name}: {recipe.about}", flush=True)
        if name in PROJECTED and not args.full:
            result = {"seed": None, **step_time(recipe, images, steps=args.steps)}
            save(name, recipe, result)
            continue
        for seed in args.seeds:
            save(name, recipe, train_and_test(recipe, images, seed))


def save(name: str, recipe: Recipe, result: dict[str, object]) -> None:
    """Keep one run, in place of an older one of the same recipe and seed."""
    run = {"recipe": name, "source": recipe.about, **result}
    record("fashion_mnist", ABOUT, run, key=("recipe", "seed"))
