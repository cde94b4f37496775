"""Where results are kept: one JSON file a benchmark, with the machine and the versions."""

import datetime
import json
import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

import dlbook

__all__ = ["RESULTS", "ROOT", "machine", "read", "record", "spread", "write"]

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"


def machine() -> dict[str, Any]:
    """Describe what the numbers depend on: processor, threads, versions."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "system": platform.system(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "dlbook": dlbook.__version__,
    }


def read(name: str) -> dict[str, Any]:
    """Return the last results of a benchmark.

    Raises
    ------
    FileNotFoundError
        If it was never run.
    """
    result: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    return result


def record(name: str, about: str, run: dict[str, Any], *, key: Sequence[str]) -> None:
    """Add one run to a benchmark's file, in place of the run with the same key.

    Runs of another machine or other versions leave the file: one file never mixes them.
    """
    runs: list[dict[str, Any]] = []
    if (RESULTS / f"{name}.json").exists() and (old := read(name))["machine"] == machine():
        runs = [r for r in old["runs"] if any(r.get(k) != run.get(k) for k in key)]
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    write(name, about, [*runs, {**run, "date": today}])


def write(name: str, about: str, runs: Sequence[dict[str, Any]]) -> None:
    """Replace a benchmark's file."""
    RESULTS.mkdir(exist_ok=True)
    content = {"benchmark": name, "about": about, "machine": machine(), "runs": list(runs)}
    text = json.dumps(content, indent=1)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return the median, the quartiles, and the ends of some repeated measurements."""
    quarters = torch.tensor([0, 0.25, 0.5, 0.75, 1.0], dtype=torch.float64)
    low, q1, median, q3, high = torch.tensor(values, dtype=torch.float64).quantile(quarters)
    return {
        "n": len(values),
        "min": round(low.item(), 6),
        "q1": round(q1.item(), 6),
        "median": round(median.item(), 6),
        "q3": round(q3.item(), 6),
        "max": round(high.item(), 6),
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
