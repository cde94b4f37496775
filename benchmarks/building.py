"""How long the book takes to build and to test, as a whole and chapter by chapter.

Runs the make targets one after the other: `book` with nothing in the cache, `book` again,
`test-unit`, `test-notebooks`. A chapter's seconds are those of its execution in the first
build, where several chapters share the cores.
"""

import argparse
import json
import shutil
import subprocess
import time
from typing import Any

from benchmarks._results import ROOT, record

__all__ = ["add_arguments", "run"]

ABOUT = "wall time of the make targets, and of each chapter's execution in a cold `make book`"
BUILD = ROOT / "_build"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this benchmark's options."""
    targets = ["book, cold", "book, cached", "test-unit", "test-notebooks"]
    parser.add_argument("--targets", nargs="+", choices=targets, default=targets)


def run(args: argparse.Namespace) -> None:
    """Time each target; stop at the first that fails."""
    times: dict[str, dict[str, Any]] = {}
    for target in args.targets:
        if target == "book, cold":
            shutil.rmtree(BUILD, ignore_errors=True)
        start = time.perf_counter()
        subprocess.run(["make", "--silent", target.split(",")[0]], cwd=ROOT, check=True)
        times[f"make {target}"] = {"seconds": round(time.perf_counter() - start, 1)}
        print(f"  make {target}: {times[f'make {target}']['seconds']} s", flush=True)
        if target == "book, cold":
            chapters = json.loads((BUILD / "runs.json").read_text(encoding="utf-8"))
            times |= {
                page: {"seconds": chapter["seconds"], "cores": chapter["cores"]}
                for page, chapter in chapters.items()
            }
    # Only now: a change of the results empties the cache, and "book, cached" needs it.
    for what, measured in times.items():
        record("building", ABOUT, {"what": what, **measured}, key=("what",))
