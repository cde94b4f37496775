"""How good are the predictions? Measures of a model, apart from the loss that trained it."""

from dlbook.metrics.classification import accuracy, confusion_matrix

__all__ = ["accuracy", "confusion_matrix"]
