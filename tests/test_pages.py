"""The reference pages agree with the chapters."""

import re
from pathlib import Path

import nbformat
import yaml

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "book"


def glossary() -> dict[str, str]:
    """Map each term to its definition."""
    text = (BOOK / "glossary.md").read_text(encoding="utf-8")
    body = re.search(r"```\{glossary\}\n(.*?)\n```", text, flags=re.DOTALL).group(1)
    entries = re.findall(r"(?m)^(\S.*)\n((?:  .*\n?)+)", body + "\n")
    return {term: " ".join(definition.split()) for term, definition in entries}


def prose() -> str:
    """Return the markdown of every notebook."""
    paths = [p for p in BOOK.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts]
    cells = [c for p in paths for c in nbformat.read(p, as_version=4).cells]
    return "\n".join(c.source for c in cells if c.cell_type == "markdown")


def test_glossary_is_sorted_and_gives_the_chinese_term_first():
    entries = glossary()
    assert len(entries) > 40
    assert list(entries) == sorted(entries, key=str.lower)
    assert [t for t, d in entries.items() if not re.search(r"[\u4e00-\u9fff]", d[:24])] == []


def test_every_term_that_a_chapter_links_is_in_the_glossary():
    uses = re.findall(r"\{term\}`(?:[^`<]*<([^`>]+)>|([^`<>]+))`", prose())
    names = {(inner or plain).strip().lower() for inner, plain in uses}
    assert len(names) > 40
    assert names - {term.lower() for term in glossary()} == set()


def test_every_citation_is_in_the_bibliography():
    text = (BOOK / "references.bib").read_text(encoding="utf-8")
    entries = re.findall(r"(?m)^@\w+\{([^,]+),", text)
    assert len(entries) == len(set(entries))
    cited = {
        k.strip() for ks in re.findall(r"\{cite[^}]*\}`([^`]+)`", prose()) for k in ks.split(",")
    }
    assert len(cited) > 20
    assert cited <= set(entries)


def test_source_map_rows_are_whole_and_in_order():
    rows = yaml.safe_load((BOOK / "source_map.yml").read_text(encoding="utf-8"))
    assert all(set(row) == {"id", "heading", "page", "anchor"} for row in rows)
    ids = [row["id"] for row in rows]
    assert len(ids) == len(set(ids))
    assert [i[0] for i in ids] == sorted(i[0] for i in ids)
