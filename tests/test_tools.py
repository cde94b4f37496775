"""The project's own scripts."""

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import preflight
import pytest
import repository
import yaml

ROOT = Path(__file__).resolve().parent.parent
URL = "https://git.example.org/owner/book"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A copy of what `repository` touches, with one notebook."""
    for name in ("_config.yml", "CITATION.cff"):
        shutil.copy(ROOT / name, tmp_path)
    cell = nbformat.v4.new_code_cell(repository.setup_cell(), metadata={"tags": ["setup"]})
    notebook = nbformat.v4.new_notebook(cells=[cell, nbformat.v4.new_code_cell("x = 1")])
    (tmp_path / "book").mkdir()
    nbformat.write(notebook, tmp_path / "book" / "one.ipynb")
    for constant, path in {
        "ROOT": tmp_path,
        "CONFIG": tmp_path / "_config.yml",
        "CITATION": tmp_path / "CITATION.cff",
    }.items():
        monkeypatch.setattr(repository, constant, path)
    return tmp_path


def test_one_command_names_the_repository_everywhere_and_again(project):
    for url in (URL, URL + "2"):
        repository.main([url + ".git/"[: 4 if url == URL else 5]])
        assert yaml.safe_load((project / "_config.yml").read_text())["repository"]["url"] == url
        assert yaml.safe_load((project / "CITATION.cff").read_text())["repository-code"] == url
        setup, other = nbformat.read(project / "book" / "one.ipynb", as_version=4).cells
        assert f'REPOSITORY = "{url}"' in setup.source
        assert other.source == "x = 1"
        assert repository.disagreements() == []


@pytest.mark.parametrize("url", ["ftp://a.org/b/c", "https://a.org", "https://a.org/b/c d", "x"])
def test_a_bad_address_changes_nothing(project, url):
    before = (project / "_config.yml").read_text()
    with pytest.raises(SystemExit, match="nothing was changed"):
        repository.main([url])
    assert (project / "_config.yml").read_text() == before


def test_a_set_up_cell_that_differs_is_found(project):
    path = project / "book" / "one.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].source += "\nprint()"
    nbformat.write(notebook, path)
    assert repository.disagreements() == ["book/one.ipynb"]
    with pytest.raises(SystemExit, match=r"one\.ipynb"):
        repository.main(["--check"])


def test_the_set_up_cell_says_plainly_that_there_is_no_repository():
    source = repository.setup_cell("").replace('find_spec("dlbook")', 'find_spec("no_such")')
    source = "\n".join(line for line in source.splitlines() if "%pip" not in line)
    command = [sys.executable, "-c", source]
    run = subprocess.run(command, check=False, capture_output=True, text=True)
    assert run.returncode == 1
    assert "names no public repository" in run.stderr.replace('" "', "")


def test_an_old_python_is_told_so(monkeypatch):
    monkeypatch.setattr(preflight, "NEEDED_VERSION", (99, 0))
    with pytest.raises(SystemExit, match=r"needs Python 99.0 or newer.*\n.*PYTHON="):
        preflight.main()


def test_a_full_disk_is_told_so(monkeypatch):
    monkeypatch.setattr(preflight, "NEEDED_GIGABYTES", 1e9)
    with pytest.raises(SystemExit, match="GB are free on this disk"):
        preflight.main()


def test_preflight_is_silent_when_all_is_well(capsys):
    preflight.main()
    assert capsys.readouterr().out == ""


def test_make_help_lists_every_target_that_people_type():
    command = ["make", "-s", "help"]
    text = subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True).stdout
    targets = "book test lab serve check test-site bench clean help repository"
    assert not [t for t in targets.split() if f"make {t} " not in text]
