"""The book's public address, named once in _config.yml, and what is made from it.

python tools/repository.py URL      sets the address everywhere
python tools/repository.py --check  fails where a file disagrees with _config.yml
"""

import re
import sys
from pathlib import Path

import nbformat
import yaml

ROOT = Path(__file__).resolve().parent.parent
CONFIG = ROOT / "_config.yml"
CITATION = ROOT / "CITATION.cff"

SETUP = '''\
# Set-up: installs dlbook on Colab; does nothing where it is installed.
import importlib.util

REPOSITORY = "{url}"  # from _config.yml

if importlib.util.find_spec("dlbook") is None:
    if not REPOSITORY:
        raise ModuleNotFoundError(
            "dlbook is not installed, and this copy of the book names no "
            "public repository. Clone the book and run `make lab`."
        )
    %pip install --quiet "git+{{REPOSITORY}}"'''


def repository_url() -> str:
    """Return the address in _config.yml, or "" while the book has none."""
    config = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    return str(config["repository"]["url"] or "")


def setup_cell(url: str | None = None) -> str:
    """Return the source of the set-up cell that every chapter begins with."""
    return SETUP.format(url=repository_url() if url is None else url)


def notebooks() -> list[Path]:
    """Return every notebook that carries a set-up cell."""
    return sorted(
        p for p in (ROOT / "book").rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts
    )


def is_setup(cell: nbformat.NotebookNode) -> bool:
    """Tell the set-up cell by its tag."""
    return "setup" in cell.metadata.get("tags", [])


def disagreements() -> list[str]:
    """List the notebooks whose set-up cell is missing or differs from the generated one."""
    wrong = []
    for path in notebooks():
        cells = [c.source for c in nbformat.read(path, as_version=4).cells if is_setup(c)]
        if cells != [setup_cell()]:
            wrong.append(str(path.relative_to(ROOT)))
    return wrong


def set_repository(url: str) -> None:
    """Write the address into _config.yml, CITATION.cff and every set-up cell."""
    if url and not re.fullmatch(r"https://[\w.-]+/[\w.-]+/[\w.-]+", url):
        raise SystemExit(f"expected https://HOST/OWNER/NAME, received {url!r}; nothing was changed")
    text = CONFIG.read_text(encoding="utf-8")
    text, count = re.subn(r"(?m)^(repository:\n  url: ).*$", rf'\g<1>"{url}"', text)
    if count != 1:
        raise SystemExit("_config.yml has no line 'url:' right below 'repository:'")
    CONFIG.write_text(text, encoding="utf-8")
    citation = re.sub(r"(?m)^repository-code:.*\n", "", CITATION.read_text(encoding="utf-8"))
    if url:
        citation = citation.rstrip("\n") + f'\nrepository-code: "{url}"\n'
    CITATION.write_text(citation, encoding="utf-8")
    for path in notebooks():
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            if is_setup(cell):
                cell.source = setup_cell(url)
        nbformat.write(notebook, path)


def main(arguments: list[str]) -> None:
    """Run the command line."""
    if arguments == ["--check"]:
        if wrong := disagreements():
            raise SystemExit("set-up cell differs from _config.yml in: " + ", ".join(wrong))
        print("set-up cells agree with _config.yml")
    elif len(arguments) == 1 and not arguments[0].startswith("-"):
        set_repository(arguments[0].rstrip("/").removesuffix(".git"))
        print(f"repository set to {repository_url()}")
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
