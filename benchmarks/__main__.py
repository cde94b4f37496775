"""Measure again what book/benchmarks shows: ``python -m benchmarks [NAME] [--help]``."""

import argparse
from types import ModuleType

from benchmarks import building, digits, fashion_mnist, fit_overhead, page_weight

BENCHMARKS: dict[str, ModuleType] = {
    "fashion_mnist": fashion_mnist,
    "digits": digits,
    "fit_overhead": fit_overhead,
    "building": building,
    "page_weight": page_weight,
}


def main() -> None:
    """Run one benchmark with its options, or all of them with their defaults."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    names = parser.add_subparsers(dest="name", metavar="NAME")
    for name, module in BENCHMARKS.items():
        about = (module.__doc__ or name).strip()
        sub = names.add_parser(name, help=about.splitlines()[0], description=about)
        module.add_arguments(sub)
    chosen = parser.parse_args()
    if chosen.name:
        BENCHMARKS[chosen.name].run(chosen)
        return
    for name, module in BENCHMARKS.items():
        print(f"== {name}", flush=True)
        module.run(parser.parse_args([name]))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        raise SystemExit("interrupted; what was measured so far is kept") from None
