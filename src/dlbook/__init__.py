"""The package behind dlbook, an executable textbook of deep learning.

Each chapter builds an idea from scratch, checks it against this package and against
PyTorch's own, and later chapters import it from here.
"""

__version__ = "0.1.0"
