"""What is measured about the book, against what, with the last results as data.

`python -m benchmarks` measures all; `python -m benchmarks NAME --help` says what NAME takes.
Each benchmark writes ``benchmarks/results/NAME.json``; the page book/benchmarks reads them.
"""
