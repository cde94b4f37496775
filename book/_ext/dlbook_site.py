"""What this book adds to Jupyter Book: a line of facts under a chapter's title, the source map.

The facts are the run time that tools/execute.py measured, the sections of the source texts
that the chapter covers, and the ways to run it. They are put in when a page is written.
"""

import json
import re
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

import yaml
from docutils import nodes
from docutils.utils.smartquotes import smartchars
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import relative_uri
from sphinx.util.docutils import SphinxDirective

Row = dict[str, str]  # id, heading, page, anchor

SOURCE_MAP = "book/source_map"
NO_REPOSITORY = "Colab: this copy names no public repository yet"


def source_rows(env: BuildEnvironment) -> list[Row]:
    """Read which section of the sources is taught where, in the order of the sources."""
    path = Path(env.srcdir) / f"{SOURCE_MAP}.yml"
    rows = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else None
    return sorted(rows or [], key=lambda row: section_key(row["id"]))


def section_key(section: str) -> list[tuple[int, str]]:
    """Order sections as their sources do: A-2.9 before A-2.10.

    >>> sorted(["B-1", "A-2.10", "A-2.9"], key=section_key)
    ['A-2.9', 'A-2.10', 'B-1']
    """
    parts = re.findall(r"\d+|[^\W\d]+", section)
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def row_id(section: str) -> str:
    """Name a row of the source map, so that chapters can link to it."""
    return nodes.make_id(f"source-{section}")


def read_runs(app: Sphinx) -> dict[str, dict[str, Any]]:
    """Read the run times that tools/execute.py wrote."""
    path = Path(app.outdir).parent / "runs.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def repository(app: Sphinx) -> tuple[str, str]:
    """Return the repository's address and branch, as _config.yml names them."""
    options = app.config.html_theme_options
    return str(options.get("repository_url") or ""), str(options.get("repository_branch") or "")


def colab_url(url: str, branch: str, page: str) -> str:
    """Return the address at which Colab opens a chapter, or "" if there is none."""
    host, _, name = url.removeprefix("https://").partition("/")
    if host != "github.com":
        return ""
    return f"https://colab.research.google.com/github/{name}/blob/{branch}/{page}.ipynb"


def is_chapter(env: BuildEnvironment, page: str) -> bool:
    """Tell whether a page is a notebook."""
    return env.doc2path(page).endswith(".ipynb")


def facts(app: Sphinx, page: str, runs: dict[str, Any], rows: list[Row]) -> list[Any]:
    """Return all that the line of facts depends on, to see when it has changed."""
    return [runs.get(page), [row for row in rows if row["page"] == page], *repository(app)]


def run_time(run: dict[str, Any]) -> str:
    """Say how long a chapter takes.

    >>> run_time({"seconds": 41.3, "cores": 2})
    'Runs in 41 s on 2 CPU cores'
    """
    seconds, cores = max(1, round(run["seconds"])), run["cores"]
    return f"Runs in {seconds} s on {cores} CPU core{'s' if cores > 1 else ''}"


def ranges(sections: Iterable[str], order: list[str]) -> list[tuple[str, str]]:
    """Join neighbours in the source map: first and last section of each stretch.

    >>> ranges(["A-1", "A-2", "B-1"], ["A-1", "A-2", "A-3", "B-1"])
    [('A-1', 'A-2'), ('B-1', 'B-1')]
    """
    numbered = sorted((order.index(section), section) for section in sections)
    stretches = [
        [section for _, section in group]
        for _, group in groupby(
            enumerate(numbered), key=lambda pair: (pair[1][0] - pair[0], pair[1][1].split("-")[0])
        )
    ]
    return [(stretch[0][1], stretch[-1][1]) for stretch in stretches]


def fact_nodes(app: Sphinx, page: str) -> list[list[nodes.Node]]:
    """Build the facts of one chapter, each a list of inline nodes."""
    rows, run = source_rows(app.env), read_runs(app).get(page)
    order = [row["id"] for row in rows]
    found: list[list[nodes.Node]] = []
    if run:
        found.append([nodes.Text(run_time(run))])
    covered = ranges([row["id"] for row in rows if row["page"] == page], order)
    if covered:
        there = app.builder.get_relative_uri(page, SOURCE_MAP)
        sources: list[nodes.Node] = [nodes.Text("Sources ")]
        for first, last in covered:
            text = first if first == last else f"{first} to {last.split('-')[1]}"
            uri = f"{there}#{row_id(first)}"
            sources += [nodes.reference("", text, refuri=uri), nodes.Text(", ")]
        found.append(sources[:-1])
    notebook = relative_uri(app.builder.get_target_uri(page), f"_sources/{page}.ipynb")
    found.append([nodes.reference("", "Download the notebook", refuri=notebook)])
    if uri := colab_url(*repository(app), page):
        found.append([nodes.reference("", "Open in Colab", refuri=uri)])
    else:
        found.append([nodes.inline("", NO_REPOSITORY, classes=["dlbook-off"])])
    return found


def add_facts(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Put the line of facts below a chapter's title."""
    title = next(iter(doctree.findall(nodes.title)), None)
    if app.builder.format != "html" or title is None or not is_chapter(app.env, page):
        return
    line = nodes.bullet_list(classes=["dlbook-facts"])
    for content in fact_nodes(app, page):
        line += nodes.list_item("", nodes.paragraph("", "", *content))
    title.parent.insert(title.parent.index(title) + 1, line)


def note_facts(app: Sphinx, doctree: nodes.document) -> None:
    """Remember the facts with which a page is being written."""
    page = app.env.docname
    app.env.metadata[page]["dlbook_facts"] = json.dumps(
        facts(app, page, read_runs(app), source_rows(app.env))
    )


def changed_facts(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """List the chapters whose facts are not those on their page, so that they are built again."""
    runs, rows = read_runs(app), source_rows(env)
    return [
        page
        for page in env.found_docs - added - changed
        if is_chapter(env, page)
        and env.metadata[page].get("dlbook_facts") != json.dumps(facts(app, page, runs, rows))
    ]


class SourceMap(SphinxDirective):
    """A table for each source text: its sections, and where this book teaches them."""

    def run(self) -> list[nodes.Node]:
        """Build the tables from book/source_map.yml."""
        self.env.note_dependency(str(Path(self.env.srcdir) / f"{SOURCE_MAP}.yml"))
        built: list[nodes.Node] = []
        for letter, rows in groupby(source_rows(self.env), lambda row: row["id"].split("-")[0]):
            built += [nodes.rubric("", f"Text {letter}"), self.table(list(rows))]
        return built

    def table(self, rows: list[Row]) -> nodes.table:
        """Build the table of one source."""
        group = nodes.tgroup(cols=3)
        group += [nodes.colspec(colwidth=width) for width in (10, 45, 45)]
        heads = [
            nodes.entry("", nodes.paragraph("", text))
            for text in ("Section", "Its heading there", "Taught here in")
        ]
        group += nodes.thead("", nodes.row("", *heads))
        group += nodes.tbody("", *(self.row(row) for row in rows))
        return nodes.table("", group, classes=["dlbook-source-map"])

    def row(self, row: Row) -> nodes.row:
        """Build the row of one section."""
        name = nodes.paragraph("", row["id"], ids=[row_id(row["id"])])
        heading = nodes.paragraph("", row["heading"], classes=["language-zh"])
        where = nodes.paragraph(
            "",
            "",
            self.link("doc", f"/{row['page']}"),
            nodes.Text(": "),
            self.link("ref", row["anchor"]),
        )
        return nodes.row("", *(nodes.entry("", part) for part in (name, heading, where)))

    def link(self, kind: str, target: str) -> addnodes.pending_xref:
        """Build a link whose text is the title of what it leads to."""
        link = addnodes.pending_xref(
            "",
            nodes.inline("", target, classes=["xref"]),
            refdomain="std",
            reftype=kind,
            reftarget=target,
            refexplicit=False,
            refwarn=True,
            refdoc=self.env.docname,
        )
        link.source, link.line = self.get_source_info()
        return link


def mend_roles(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Mend two things that screen readers stumble over, one of docutils', one of MyST-NB's."""
    if "body" in context:
        body = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')
        context["body"] = body.replace('<summary aria-label="Toggle hidden content">', "<summary>")


def offer_edits(app: Sphinx, config: Any) -> None:
    """Show the buttons that need a public repository, once there is one."""
    if config.html_theme_options.get("repository_url"):
        config.html_theme_options["use_repository_button"] = True
        config.html_theme_options["use_edit_page_button"] = True
        config.html_theme_options["use_issues_button"] = True


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_config_value("comments_config", {}, "")  # Jupyter Book sets it for sphinx_comments
    smartchars.quotes.setdefault("zh", "“”‘’")  # docutils warns of a language it lacks
    app.add_directive("source-map", SourceMap)
    app.connect("config-inited", offer_edits)
    app.connect("env-get-outdated", changed_facts)
    app.connect("doctree-read", note_facts)
    app.connect("doctree-resolved", add_facts)
    app.connect("html-page-context", mend_roles)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
