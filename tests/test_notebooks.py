"""What every chapter must be, read from its notebook and from the table of contents."""

import ast
import re
from pathlib import Path

import nbformat
import pytest
import repository
import yaml

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "book"
# Packages whose names a chapter may import only after one has built them.
TAUGHT = {"functional", "nn", "optim", "metrics", "models", "autograd", "text", "rl", "compress"}


def table_of_contents() -> list[Path]:
    """Return the notebooks in reading order."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    files = [c["file"] for part in toc["parts"] for c in part["chapters"]]
    return [p for f in files if (p := ROOT / f"{f}.ipynb").exists()]


NOTEBOOKS = table_of_contents()
CHAPTERS = [p for p in NOTEBOOKS if p.parent != BOOK]  # pages at book/ are reference
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
each_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)


def cells(path: Path, kind: str) -> list[str]:
    return [c.source for c in nbformat.read(path, as_version=4).cells if c.cell_type == kind]


def code(path: Path) -> list[ast.Module]:
    """Parse each code cell, without its IPython magics."""
    sources = (re.sub(r"(?m)^(\s*)[%!].*$", r"\1pass", source) for source in cells(path, "code"))
    return [ast.parse(source) for source in sources]


def dotted(node: ast.AST) -> str | None:
    """Return "a.b.c" for an attribute chain, else None."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (base := dotted(node.value)):
        return f"{base}.{node.attr}"
    return None


def bare_comparisons(tree: ast.Module) -> list[str]:
    """Find a comparison that ends a cell and that nobody asserts."""
    if not tree.body or not isinstance(tree.body[-1], ast.Expr):
        return []
    value = tree.body[-1].value
    names = {"allclose", "isclose", "equal", "array_equal", "all", "any", "gradcheck"}
    judged = isinstance(value, (ast.Compare, ast.BoolOp)) or (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Attribute)
        and value.func.attr in names
    )
    return [ast.unparse(value)] if judged else []


def imported_names(tree: ast.Module) -> dict[str, str]:
    """Map a cell's local names to what they mean in dlbook: {"conv2d": "functional.conv2d"}."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dlbook"):
            module = (node.module or "").removeprefix("dlbook").lstrip(".")
            for alias in node.names:
                full = f"{module}.{alias.name}".lstrip(".")
                names[alias.asname or alias.name] = full
    return names


def uses(tree: ast.Module, names: dict[str, str]) -> set[str]:
    """Collect the taught names that a piece of code refers to: {"functional.conv2d"}."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Name, ast.Attribute)) and (chain := dotted(node)):
            head, *rest = chain.split(".")
            if head in names:
                full = ".".join([names[head], *rest]).split(".")
                if full[0] in TAUGHT and len(full) > 1:
                    found.add(".".join(full[:2]))
    return found


def test_there_are_chapters():
    assert len(CHAPTERS) >= 3


def test_every_notebook_is_in_the_table_of_contents():
    assert set(repository.notebooks()) == set(NOTEBOOKS)


@each_notebook
def test_set_up_cell_is_the_generated_one(path):
    assert str(path.relative_to(ROOT)) not in repository.disagreements()


@each_notebook
def test_notebook_is_stripped(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            assert not cell.outputs
            assert cell.execution_count is None


@each_notebook
def test_code_fits_the_page(path):
    long = [s for source in cells(path, "code") for s in source.splitlines() if len(s) > 79]
    assert not long


@each_notebook
def test_no_comparison_goes_unasserted(path):
    assert not [found for tree in code(path) for found in bare_comparisons(tree)]


@pytest.mark.parametrize(
    ("source", "caught"),
    [
        ("a == b", True),
        ("torch.allclose(a, b)", True),
        ("(x > 0).all()", True),
        ("assert a == b", False),
        ("a + b", False),
        ("x.mean()", False),
    ],
)
def test_bare_comparisons_are_told_from_other_expressions(source, caught):
    assert bool(bare_comparisons(ast.parse(source))) is caught


@each_notebook
def test_figures_go_through_plot_and_explore(path):
    text = "\n".join(cells(path, "code"))
    assert not re.search(r"plt\.|pyplot", text)


@each_chapter
def test_chapter_has_its_parts(path):
    prose = "\n\n".join(cells(path, "markdown"))
    assert re.match(r"# \S", prose), "a title first"
    for part in ("What you will be able to do", "Pitfalls", "Summary", "Exercises", "References"):
        assert part in prose, part
    assert "{bibliography}" in prose


@each_chapter
def test_every_exercise_has_an_executed_solution(path):
    prose = "\n\n".join(cells(path, "markdown"))
    exercises = re.findall(r"\{exercise-start\} *(.*)\n:label: (\S+)", prose)
    solved = re.findall(r"\{solution-start\} *(\S+)", prose)
    assert 6 <= len(exercises) <= 10
    assert [label for _, label in exercises] == solved
    for title, _ in exercises:
        assert re.search(r"\S.* ★{1,3}$", title.strip()), f"name and stars: {title!r}"
    inside, executed = False, 0
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            inside = (inside or "{solution-start}" in cell.source) and (
                "{solution-end}" not in cell.source
            )
        elif inside:
            executed += 1
    assert executed >= len(exercises) - 1, "solutions are code that runs (one may be a proof)"


@each_chapter
def test_chapter_asserts_its_claims(path):
    claims = sum(
        isinstance(node, ast.Assert)
        or (isinstance(node, ast.Call) and (dotted(node.func) or "").endswith("check_same"))
        for tree in code(path)
        for node in ast.walk(tree)
    )
    assert claims >= 10


@each_chapter
def test_chapter_has_figures_to_explore(path):
    calls = [
        node
        for tree in code(path)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and dotted(node.func) == "explore"
    ]
    assert len(calls) >= (1 if path.parent.name == "start" else 2)


def test_no_chapter_imports_a_name_before_the_chapter_that_builds_it():
    built: set[str] = set()
    for path in NOTEBOOKS:
        trees = code(path)
        names = {k: v for tree in trees for k, v in imported_names(tree).items()}
        for tree in trees:
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and dotted(node.func) == "check_same":
                    built |= uses(ast.Module([ast.Expr(node)], []), names)
        used = set().union(*(uses(tree, names) for tree in trees))
        assert used <= built, f"{path.stem} uses {sorted(used - built)} before a chapter builds it"


def test_the_walk_sees_uses_in_every_form():
    tree = ast.parse(
        "from dlbook import functional, nn as dnn\n"
        "from dlbook.functional import conv2d as c\n"
        "from dlbook.models import LeNet\n"
        "functional.matmul(a, b); dnn.Linear(3); c(x); LeNet(); functional.conv2d"
    )
    assert uses(tree, imported_names(tree)) == {
        "functional.matmul",
        "functional.conv2d",
        "nn.Linear",
        "models.LeNet",
    }
