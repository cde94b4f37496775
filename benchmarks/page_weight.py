"""What a reader downloads: each built page and each figure with sliders, raw and gzipped.

Needs the built site (`make book`). A page's own HTML is counted; style sheets, scripts and
fonts are shared by all pages, and the browser keeps them.
"""

import argparse
import gzip
import re
from pathlib import Path
from typing import Any

from benchmarks._results import ROOT, write

__all__ = ["add_arguments", "explorers", "run"]

ABOUT = "bytes of the built pages and of their figures with sliders"
START = '<div class="dlbook-explore'
TAG = re.compile(r"<(/?)div\b")


def explorers(page: str) -> list[str]:
    """Cut the figures with sliders out of a page's HTML."""
    return [_element(page, found.start()) for found in re.finditer(re.escape(START), page)]


def _element(page: str, start: int) -> str:
    """Return the div that begins at `start`, up to the tag that closes it."""
    depth = 0
    for tag in TAG.finditer(page, start):
        depth += -1 if tag[1] else 1
        if depth == 0:
            return page[start : page.index(">", tag.start()) + 1]
    raise ValueError("expected a page in which every div is closed")


def _weight(text: str) -> dict[str, int]:
    raw = text.encode()
    return {"raw_bytes": len(raw), "gzip_bytes": len(gzip.compress(raw, mtime=0))}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this benchmark's options."""
    parser.add_argument("--site", type=Path, default=ROOT / "_build" / "html")


def run(args: argparse.Namespace) -> None:
    """Weigh every page of the book."""
    pages = sorted((args.site / "book").rglob("*.html"))
    if not pages:
        raise SystemExit(f"no pages under {args.site}: run 'make book' first")
    runs: list[dict[str, Any]] = []
    for path in pages:
        page = path.read_text(encoding="utf-8")
        name = path.relative_to(args.site / "book").with_suffix("").as_posix()
        figures = [_weight(figure) for figure in explorers(page)]
        runs.append({"page": name, **_weight(page), "explorers": figures})
        print(f"  {name}: {runs[-1]['gzip_bytes'] / 1000:.0f} KB gzipped", flush=True)
    write("page_weight", ABOUT, runs)
