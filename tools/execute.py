"""Execute the book's notebooks in parallel, into the cache that the site is built from.

python tools/execute.py --jobs 4    four at a time (default: one a core)

A notebook is executed when its code is not in the cache. The cache is dropped when the
package or a library that decides results has changed. Stopped and started again, it goes on
where it was: each result is stored as soon as it is there. A run is made on the CPU, with the
cores shared out among the notebooks that run at the same time.
"""

import argparse
import hashlib
import json
import os
import platform
import shutil
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from jupyter_cache.executors.utils import ExecutionResult, single_nb_execution
from sphinx_external_toc.parsing import parse_toc_yaml

ROOT = Path(__file__).resolve().parent.parent
LIBRARIES = ["torch", "numpy", "scipy", "scikit-learn", "matplotlib", "ipython"]
CELL_TIMEOUT = 300  # seconds

Runs = dict[str, dict[str, Any]]  # page -> when it was executed, seconds, cores


def fingerprint(root: Path) -> str:
    """Hash everything outside a notebook that decides what the notebook puts out."""
    digest = hashlib.sha256(platform.python_version().encode())
    for name in LIBRARIES:
        digest.update(f"{name}=={version(name)}\n".encode())
    package = root / "src" / "dlbook"
    results = sorted((root / "benchmarks" / "results").glob("*.json"))  # pages quote them
    for path in results + sorted(p for p in package.rglob("*") if p.is_file()):
        if "__pycache__" not in path.parts:
            digest.update(path.relative_to(root).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def notebooks(root: Path) -> dict[str, nbformat.NotebookNode]:
    """Read the pages of the table of contents that are notebooks."""
    pages = parse_toc_yaml(root / "_toc.yml")
    paths = {page: root / f"{page}.ipynb" for page in pages}
    return {page: nbformat.read(p, as_version=4) for page, p in paths.items() if p.is_file()}


def open_cache(root: Path) -> JupyterCacheAbstract:
    """Open the cache; empty it first if it was filled with another package or library."""
    folder, mark = root / "_build" / ".jupyter_cache", root / "_build" / "fingerprint"
    current = fingerprint(root)
    if folder.exists() and not (mark.exists() and mark.read_text() == current):
        print("dlbook or a library has changed: everything is executed again")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    mark.write_text(current)
    return get_cache(folder)


def recorded_run(cache: JupyterCacheAbstract, notebook: nbformat.NotebookNode) -> dict[str, Any]:
    """Return what is known about the run of a notebook's code, nothing if it was never run."""
    try:
        return cache.match_cache_notebook(notebook).data.get("run") or {}
    except KeyError:
        return {}


def run(root: Path, page: str, notebook: nbformat.NotebookNode) -> ExecutionResult:
    """Execute one notebook in its own folder."""
    result = single_nb_execution(
        notebook,
        cwd=str((root / page).parent),
        timeout=CELL_TIMEOUT,
        allow_errors=False,
        extra_arguments=["--Application.log_level=ERROR"],
    )
    result.nb.metadata.pop("widgets", None)  # no kernel, no use for the widgets' state
    return result


def write_runs(root: Path, runs: Runs) -> None:
    """Write the file from which the site takes the run times."""
    path = root / "_build" / "runs.json"
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(runs, indent=1), encoding="utf-8")
    draft.replace(path)


def share_cores(jobs: int) -> int:
    """Give each kernel that will be started its part of the cores, and no GPU."""
    cores = max(1, (os.cpu_count() or 1) // jobs)
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = str(cores)
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    os.environ["DLBOOK_QUIET"] = "1"  # no progress bars on the pages
    return cores


def execute(root: Path = ROOT, jobs: int | None = None) -> list[str]:
    """Execute what is not in the cache.

    Parameters
    ----------
    root : Path
        The folder that holds _toc.yml, src and _build.
    jobs : int, optional
        How many notebooks run at the same time; by default one a core.

    Returns
    -------
    list of str
        The pages that failed.
    """
    (root / "_build").mkdir(exist_ok=True)
    cache, pages = open_cache(root), notebooks(root)
    runs_file = root / "_build" / "runs.json"
    earlier: Runs = json.loads(runs_file.read_text()) if runs_file.exists() else {}
    runs = {page: recorded_run(cache, notebook) for page, notebook in pages.items()}
    todo = [page for page in pages if not runs[page]]
    todo.sort(key=lambda page: -earlier.get(page, {}).get("seconds", float("inf")))
    write_runs(root, earlier | {page: run for page, run in runs.items() if run})
    print(f"{len(pages) - len(todo)} notebooks are in the cache, {len(todo)} to execute")
    jobs = max(1, min(jobs or os.cpu_count() or 1, len(todo)))
    cores = share_cores(jobs)
    failed = []
    pool = ThreadPoolExecutor(jobs)
    tasks = {pool.submit(run, root, page, pages[page]): page for page in todo}
    for count, task in enumerate(as_completed(tasks), start=1):
        page, error = tasks[task], task.exception()
        result = None if error else task.result()
        if result is None or result.err:
            failed.append(page)
            lines = traceback.format_exception(error) if error else [result.exc_string]
            print(f"[{count}/{len(todo)}] {page} FAILED\n{''.join(lines)}", flush=True)
            continue
        runs[page] = {
            "executed": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": round(result.time, 1),
            "cores": cores,
        }
        data = {"execution_seconds": result.time, "run": runs[page]}
        bundle = CacheBundleIn(result.nb, str(root / f"{page}.ipynb"), data=data)
        cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
        write_runs(root, earlier | {page: run for page, run in runs.items() if run})
        print(f"[{count}/{len(todo)}] {page} {result.time:.1f} s", flush=True)
    return failed


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, help="notebooks at a time (default: one a core)")
    try:
        failed = execute(jobs=parser.parse_args().jobs)
    except KeyboardInterrupt:
        print("stopped: what was finished is kept", file=sys.stderr, flush=True)
        os._exit(130)  # kernels end with their parent
    if failed:
        raise SystemExit(f"{len(failed)} failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
