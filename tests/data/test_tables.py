"""Tables hold what scikit-learn holds, and what the cards say is so."""

import numpy as np
import pytest
import torch
from sklearn import datasets

from dlbook import data

SHAPES = {
    "iris": (150, 4, 3),
    "wine": (178, 13, 3),
    "breast_cancer": (569, 30, 2),
    "diabetes": (442, 10, 0),
    "digits8x8": (1797, 64, 10),
}


@pytest.mark.parametrize("name", SHAPES)
def test_shape_names_and_types(name):
    table = data.table(name)
    n, d, num_classes = SHAPES[name]
    assert table.X.shape == (n, d)
    assert table.X.dtype == torch.float64
    assert torch.isfinite(table.X).all()
    assert len(table.feature_names) == d
    assert len(set(table.feature_names)) == d
    assert len(table.class_names) == num_classes
    assert table.y.shape == (n,)
    assert table.y.dtype == (torch.int64 if num_classes else torch.float64)
    if num_classes:
        assert table.y.unique().tolist() == list(range(num_classes))
    assert table.card is data.card(name)


def test_all_tables_are_tested():
    assert tuple(SHAPES) == data.TABLES


def test_values_are_those_of_scikit_learn():
    bunch = datasets.load_breast_cancer()
    table = data.table("breast_cancer")
    assert np.array_equal(table.X.numpy(), bunch.data)
    assert np.array_equal(table.y.numpy(), bunch.target)


def test_diabetes_is_raw():
    table = data.table("diabetes")
    age = table.X[:, table.feature_names.index("age")]
    assert 18 < age.min() < age.max() < 100


@pytest.mark.parametrize("name", SHAPES)
def test_splits_are_a_partition(name):
    table = data.table(name)
    train, val, test = table.split(seed=1)
    assert len(val) == len(test) == round(0.15 * len(table.y))
    rows = torch.cat([split.X for split in (train, val, test)])
    ours = rows[np.lexsort(rows.numpy().T)]
    assert torch.equal(ours, table.X[np.lexsort(table.X.numpy().T)])


def test_splits_are_stratified_and_keep_x_and_y_in_step():
    table = data.table("wine")
    for split in table.split(val=0.2, test=0.2, seed=0):
        share = split.y.bincount() / len(split)
        assert (share - table.y.bincount() / len(table.y)).abs().max() < 0.03
        for x, y in zip(*split, strict=True):
            row = (x == table.X).all(dim=1).nonzero()[0, 0]
            assert table.y[row] == y


def test_too_small_a_fraction_is_an_error():
    with pytest.raises(ValueError, match="number of classes"):
        data.table("iris").split(test=0.01)


def test_unknown_name_lists_the_choices():
    with pytest.raises(ValueError, match=r"iris, wine, .*digits8x8; received 'irises'"):
        data.table("irises")


def test_repr():
    assert repr(data.table("iris")) == "TableData(iris: 150 rows, 4 features; 3 classes)"
    assert repr(data.table("diabetes")).endswith("regression)")


def test_flaws_on_the_cards_are_true():
    cancer = data.table("breast_cancer")
    assert cancer.class_names == ("malignant", "benign")
    assert cancer.y.bincount().tolist() == [212, 357]
    names = list(cancer.feature_names)
    radius, area = (cancer.X[:, names.index(name)] for name in ("mean radius", "mean area"))
    assert torch.corrcoef(torch.stack([radius, area]))[0, 1] > 0.95
    iris = data.table("iris")
    assert len(torch.unique(torch.column_stack([iris.X, iris.y]), dim=0)) == 149
    wine = data.table("wine")
    assert wine.y.bincount().tolist() == [59, 71, 48]
    columns = dict(zip(wine.feature_names, wine.X.T, strict=True))
    assert columns["proline"].max() == 1680
    assert columns["nonflavanoid_phenols"].max() < 1
    diabetes = data.table("diabetes")
    assert (diabetes.y.min(), diabetes.y.max()) == (25, 346)
    tc, hdl, s4 = (diabetes.X[:, diabetes.feature_names.index(f"s{i}")] for i in (1, 3, 4))
    assert (tc / hdl - s4).abs().median() < 0.25
    assert (s4 == s4.round()).double().mean() > 0.75
    digits = data.table("digits8x8")
    assert (digits.X.min(), digits.X.max()) == (0, 16)
    assert (digits.y.bincount().min(), digits.y.bincount().max()) == (174, 183)
