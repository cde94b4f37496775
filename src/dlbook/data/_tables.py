"""Small tables that ship with scikit-learn."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from sklearn import datasets

from dlbook.data._catalogue import card, choose
from dlbook.data._types import TableData

__all__ = ["TABLES", "table"]

LOADERS: dict[str, Callable[[], Any]] = {
    "iris": datasets.load_iris,
    "wine": datasets.load_wine,
    "breast_cancer": datasets.load_breast_cancer,
    "diabetes": lambda: datasets.load_diabetes(scaled=False),
    "digits8x8": datasets.load_digits,
}
TABLES = tuple(LOADERS)


def table(name: str) -> TableData:
    """Return a small table with named columns, no download.

    Parameters
    ----------
    name : {"iris", "wine", "breast_cancer", "diabetes", "digits8x8"}
        Diabetes is regression, the others are classification.

    Returns
    -------
    TableData
        ``X`` is float64 of shape (n, d), in the units of the source; nothing is standardised.

    Raises
    ------
    ValueError
        If there is no table of that name.
    """
    bunch = LOADERS[choose("a table", name, TABLES)]()
    class_names = tuple(str(label) for label in getattr(bunch, "target_names", ()))
    return TableData(
        X=torch.from_numpy(bunch.data.astype(np.float64)),
        y=torch.from_numpy(bunch.target.astype(np.int64 if class_names else np.float64)),
        feature_names=tuple(str(feature) for feature in bunch.feature_names),
        class_names=class_names,
        card=card(name),
    )
