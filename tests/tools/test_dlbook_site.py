"""The Sphinx extension: the line of facts, the source map, and when pages are built again."""

import json
import re

import dlbook_site
import nbformat
import pytest
from sphinx.testing.util import SphinxTestApp

CONF = """
extensions = ["myst_nb", "sphinx_book_theme", "dlbook_site"]
html_theme = "sphinx_book_theme"
html_theme_options = {"repository_url": %r, "repository_branch": "main"}
html_sourcelink_suffix = ""
nb_execution_mode = "off"
root_doc = "book/source_map"
language = "en"
"""
MAP = """
- {id: A-10, heading: 第十, page: book/one, anchor: here}
- {id: B-7, heading: 第七, page: book/one, anchor: here}
- {id: A-9, heading: 第九, page: book/one, anchor: here}
"""


@pytest.fixture
def book(tmp_path):
    """Write a source map and one chapter."""
    root = tmp_path / "root"
    (root / "book").mkdir(parents=True)
    (root / "conf.py").write_text(CONF % "")
    (root / "book" / "source_map.yml").write_text(MAP, encoding="utf-8")
    (root / "book" / "source_map.md").write_text(
        "# Map\n\n```{source-map}\n```\n\n```{toctree}\none\n```\n"
    )
    cells = [nbformat.v4.new_markdown_cell("# One\n\n(here)=\n## The place\n\nText.", id="a")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), root / "book" / "one.ipynb")
    write_runs(tmp_path, 41.3, 2)
    return tmp_path


def write_runs(folder, seconds, cores):
    run = {"executed": "now", "seconds": seconds, "cores": cores}
    (folder / "_build").mkdir(exist_ok=True)
    (folder / "_build" / "runs.json").write_text(json.dumps({"book/one": run}))


def build(folder):
    """Build the book; return the chapter, the map, and which pages were read anew."""
    app = SphinxTestApp(srcdir=folder / "root", builddir=folder / "_build")
    try:
        read = set()
        app.connect("doctree-read", lambda app, tree: read.add(app.env.docname))
        app.build()
        assert app.warning.getvalue() == "", app.status.getvalue()
    finally:
        app.cleanup()
    pages = [(app.outdir / f"book/{name}.html").read_text() for name in ("one", "source_map")]
    return *pages, read


def facts_of(page):
    line = re.search(r'<ul class="dlbook-facts.*?</ul>', page, re.DOTALL).group()
    return re.findall(r"<p>(.*?)</p>", line, re.DOTALL)


def test_facts_without_a_repository(book):
    chapter, _, _ = build(book)
    time, sources, download, colab = facts_of(chapter)
    assert time == "Runs in 41 s on 2 CPU cores"
    assert 'href="source_map.html#source-a-9">A-9 to 10</a>' in sources
    assert 'href="source_map.html#source-b-7">B-7</a>' in sources
    assert 'href="../_sources/book/one.ipynb"' in download
    assert "this copy names no public repository yet" in colab
    assert "href" not in colab
    assert "source-edit-button" not in chapter


def test_facts_with_a_repository(book):
    (book / "root" / "conf.py").write_text(CONF % "https://github.com/me/book")
    chapter, _, _ = build(book)
    place = "https://colab.research.google.com/github/me/book/blob/main/book/one.ipynb"
    assert f'href="{place}"' in facts_of(chapter)[-1]
    assert "source-edit-button" in chapter
    assert "https://github.com/me/book/edit/main/book/one.ipynb" in chapter


def test_source_map_links_to_where_a_section_is_taught(book):
    _, source_map, _ = build(book)
    assert re.search(r'<p id="source-a-9">A-9</p>', source_map)
    assert '<p lang="zh">第九</p>' in source_map
    assert re.findall(r"Text \w|[AB]-\d+(?=</p>)", source_map) == [
        "Text A",
        "A-9",
        "A-10",
        "Text B",
        "B-7",
    ]
    assert re.search(r'href="one.html">.*?One.*?</a>: <a .*?href="one.html#here">', source_map)


def test_source_map_warns_of_a_place_that_is_not_there(book):
    (book / "root" / "book" / "source_map.yml").write_text(MAP.replace("here", "nowhere"))
    with pytest.raises(AssertionError, match="undefined label: 'nowhere'"):
        build(book)


def test_a_page_is_built_again_when_its_facts_change(book):
    assert build(book)[2] == {"book/one", "book/source_map"}
    assert build(book)[2] == set()
    write_runs(book, 12, 1)
    chapter, _, read = build(book)
    assert read == {"book/one"}
    assert facts_of(chapter)[0] == "Runs in 12 s on 1 CPU core"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", ""),
        ("https://example.org/me/book", ""),
        (
            "https://github.com/me/book",
            "https://colab.research.google.com/github/me/book/blob/main/book/a.ipynb",
        ),
    ],
)
def test_colab_url(url, expected):
    assert dlbook_site.colab_url(url, "main", "book/a") == expected
