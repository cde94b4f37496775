"""The parallel execution: what is run, what is kept, what is reported."""

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from jupyter_cache import get_cache

TOOLS = Path(__file__).resolve().parent.parent.parent / "tools"


def write_notebook(root, name, source):
    cell = nbformat.v4.new_code_cell(source, id=f"cell-{name}")
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata=metadata)
    nbformat.write(notebook, root / "book" / f"{name}.ipynb")


@pytest.fixture
def book(tmp_path):
    """Make a book of two small notebooks and a page of prose."""
    (tmp_path / "book").mkdir()
    (tmp_path / "src" / "dlbook").mkdir(parents=True)
    (tmp_path / "src" / "dlbook" / "__init__.py").write_text("")
    (tmp_path / "book" / "index.md").write_text("# Index")
    (tmp_path / "_toc.yml").write_text(
        "format: jb-book\nroot: book/index\nchapters:\n- file: book/one\n- file: book/two\n"
    )
    write_notebook(tmp_path, "one", "print(1 + 1)")
    write_notebook(tmp_path, "two", "import os\nprint(os.environ['OMP_NUM_THREADS'])")
    return tmp_path


def execute(root, jobs=2, cores=2):
    """Execute in a process of its own; return what failed, and what was printed."""
    code = (
        "import os, sys; from pathlib import Path; from execute import execute;"
        f"os.cpu_count = lambda: {cores};"
        f"sys.exit(','.join(execute(Path({str(root)!r}), {jobs})) or None)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=TOOLS, text=True, capture_output=True, check=False
    )
    return done.stderr.strip().splitlines()[-1:] if done.returncode else [], done.stdout


def output_of(root, name):
    notebook = nbformat.read(root / "book" / f"{name}.ipynb", as_version=4)
    _, merged = get_cache(root / "_build" / ".jupyter_cache").merge_match_into_notebook(notebook)
    return merged.cells[0].outputs[0].text


def runs(root):
    return json.loads((root / "_build" / "runs.json").read_text())


def test_executes_once_and_shares_the_cores(book):
    assert execute(book, jobs=2, cores=6)[0] == []
    assert output_of(book, "one") == "2\n"
    assert output_of(book, "two") == "3\n"
    assert {run["cores"] for run in runs(book).values()} == {3}
    before = runs(book)
    assert execute(book) == ([], "2 notebooks are in the cache, 0 to execute\n")
    assert runs(book) == before


def test_only_a_change_of_code_executes_again(book):
    execute(book)
    write_notebook(book, "one", "print(1 + 2)")
    assert "1 notebooks are in the cache, 1 to execute" in execute(book)[1]
    assert output_of(book, "one") == "3\n"
    (book / "src" / "dlbook" / "__init__.py").write_text("changed = True")
    assert "0 notebooks are in the cache, 2 to execute" in execute(book)[1]


def test_a_failure_is_shown_and_costs_no_other_result(book):
    write_notebook(book, "two", "raise ValueError('on purpose')")
    failed, printed = execute(book)
    assert failed == ["book/two"]
    assert "on purpose" in printed
    assert output_of(book, "one") == "2\n"
    assert set(runs(book)) == {"book/one"}


def test_a_kernel_that_dies_is_a_failure(book):
    write_notebook(book, "two", "import os\nos._exit(1)")
    failed, printed = execute(book)
    assert failed == ["book/two"]
    assert "DeadKernelError" in printed
    assert output_of(book, "one") == "2\n"


def test_the_longest_goes_first(book):
    execute(book)
    times = {"book/one": {"seconds": 1}, "book/two": {"seconds": 9}}
    (book / "_build" / "runs.json").write_text(json.dumps(times))
    (book / "src" / "dlbook" / "__init__.py").write_text("changed = True")
    lines = execute(book, jobs=1)[1].splitlines()
    assert [line.split()[1] for line in lines if line.startswith("[")] == ["book/two", "book/one"]


def test_stopped_and_started_again_it_goes_on(book):
    write_notebook(book, "two", "import time\ntime.sleep(60)")
    code = f"from execute import execute; from pathlib import Path; execute(Path({str(book)!r}), 2)"
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", code], cwd=TOOLS, text=True, stdout=subprocess.PIPE
    )
    with process:
        while "book/one" not in (line := process.stdout.readline()):
            assert line, "it ended before the first notebook was done"
        process.kill()
    write_notebook(book, "two", "print(2)")
    assert "1 notebooks are in the cache, 1 to execute" in execute(book)[1]
