"""Measures against scikit-learn's."""

import pytest
import sklearn.metrics
import torch

from dlbook.metrics import accuracy, confusion_matrix


@pytest.mark.parametrize("seed", range(5))
def test_same_as_sklearn(seed):
    torch.manual_seed(seed)
    n, m = int(torch.randint(1, 60, ())), int(torch.randint(2, 7, ()))
    logits, y = torch.randn(n, m), torch.randint(0, m, (n,))
    y_hat = logits.argmax(1)
    assert accuracy(logits, y).item() == pytest.approx(sklearn.metrics.accuracy_score(y, y_hat))
    counts = confusion_matrix(y, y_hat, num_classes=m)
    expected = sklearn.metrics.confusion_matrix(y, y_hat, labels=range(m))
    assert (counts.numpy() == expected).all()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_accuracy_is_not_rounded_to_the_precision_of_the_scores(dtype):
    logits = torch.tensor([[1, 0]], dtype=dtype).expand(500, 2)
    y = (torch.arange(500) < 7).long()
    assert accuracy(logits, y).item() == pytest.approx(493 / 500, abs=1e-6)


def test_rows_are_the_truth():
    counts = confusion_matrix(torch.tensor([0, 0, 2]), torch.tensor([1, 0, 2]), num_classes=4)
    assert counts.tolist() == [[1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]


def test_rejects():
    with pytest.raises(ValueError, match="labels"):
        accuracy(torch.zeros(3, 2), torch.zeros(4, dtype=torch.long))
    with pytest.raises(ValueError, match="n > 0"):
        accuracy(torch.zeros(0, 2), torch.zeros(0, dtype=torch.long))
    with pytest.raises(ValueError, match="one length"):
        confusion_matrix(torch.zeros(3).long(), torch.zeros(4).long(), num_classes=2)
    with pytest.raises(ValueError, match="from 0 to 1"):
        confusion_matrix(torch.tensor([0, 2]), torch.tensor([0, 1]), num_classes=2)
