"""Drives the built site in a browser that reaches nothing but the site itself.

It needs the site (make book) and a Chromium, and fails where one of them is missing.
"""

import functools
import gzip
import http.server
import os
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from playwright.sync_api import Browser, Locator, Page, Response, sync_playwright
from sphinx_external_toc.parsing import parse_toc_yaml

pytestmark = pytest.mark.site

ROOT = Path(__file__).resolve().parent.parent
SITE = Path(os.environ.get("DLBOOK_SITE", ROOT / "_build" / "html"))
AXE = ROOT / "tests" / "vendor" / "axe-core" / "axe.min.js"
PAGES = list(parse_toc_yaml(ROOT / "_toc.yml"))
CHAPTERS = [page for page in PAGES if (ROOT / f"{page}.ipynb").exists()]
MAX_PAGE = 1_500_000  # bytes, as a server sends them
MIN_CONTRAST = 4.5  # WCAG 2.1, 1.4.3

# The lowest contrast of each kind of text on the page with what lies behind it.
CONTRAST = """() => {
  const parse = (text) => {
    const [r, g, b, a = 1] = (text.match(/[\\d.]+/g) ?? []).map(Number);
    return text.startsWith('color(srgb') ? [r * 255, g * 255, b * 255, a] : [r, g, b, a];
  };
  const over = ([r, g, b, a], below) =>
    [r, g, b].map((c, i) => c * a + below[i] * (1 - a)).concat(1);
  const light = (color) => {
    const [r, g, b] = color.slice(0, 3).map((c) => c / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    if (!element) return [255, 255, 255, 1];
    const color = parse(getComputedStyle(element).backgroundColor);
    return color[3] === 1 ? color : over(color, behind(element.parentElement));
  };
  // In a figure: the last filled shape drawn before the text and around its centre.
  const shapeBehind = (text, paper) => {
    const box = text.getBoundingClientRect();
    const x = box.x + box.width / 2, y = box.y + box.height / 2;
    let color = paper;
    for (const shape of text.ownerSVGElement.querySelectorAll('path, rect, image')) {
      if (!(shape.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING)) break;
      const style = getComputedStyle(shape), at = shape.getBoundingClientRect();
      if (x < at.left || x > at.right || y < at.top || y > at.bottom) continue;
      if (shape.tagName === 'image') return null;  // pixels: cannot be told
      if (style.fill === 'none' || shape.closest('defs, clipPath')) continue;
      const point = new DOMPoint(x, y).matrixTransform(shape.getScreenCTM().inverse());
      if (!shape.isPointInFill(point)) continue;
      const fill = parse(style.fill);
      color = over([...fill.slice(0, 3), fill[3] * style.fillOpacity * style.opacity], color);
    }
    return color;
  };
  const found = {};
  const note = (kind, element, color, back) => {
    if (!back) return;
    const [a, b] = [light(over(color, back)), light(back)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (!(kind in found) || ratio < found[kind].ratio) {
      const text = (element.textContent || element.className || '').trim().slice(0, 60);
      found[kind] = { ratio, text, color: color.join(), back: back.join() };
    }
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim()) continue;
    if (element.closest('script, style, mjx-container')) continue;
    if (!element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })) continue;
    if (element.closest('svg')) {
      const text = element.closest('text');
      const fill = parse(getComputedStyle(element).fill);
      if (text) note('figure', text, fill, shapeBehind(text, behind(text.closest('div'))));
      continue;
    }
    const kind = element.closest('td, th') ? 'table'
      : element.closest('pre, code') ? 'code' : 'text';
    note(kind, element, parse(getComputedStyle(element).color), behind(element));
  }
  for (const glyph of document.querySelectorAll('mjx-c')) {
    if (glyph.checkVisibility({ checkVisibilityCSS: true }))
      note('equation', glyph, parse(getComputedStyle(glyph).color), behind(glyph));
  }
  return found;
}"""


@dataclass
class Visit:
    """A page in the browser, and what happened while it was there."""

    page: Page
    foreign: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)

    def weight(self) -> int:
        """Return the bytes that a server sends for all that the page asks for."""
        answered = [response for response in self.responses if response.status == 200]
        return sum(len(gzip.compress(response.body())) for response in answered)


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files and keeps silent about it."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    if not (SITE / "search.html").is_file():
        pytest.fail(f"there is no built site in {SITE}: run `make book` first")
    handler = functools.partial(QuietHandler, directory=SITE)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if path is None:
        pytest.fail("there is no Chromium: install one, or name it in CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser, address: str):
    """Open pages: `with visit("book/index", dark=True) as there: ...`."""

    @contextmanager
    def opened(page: str, *, dark: bool = False, width: int = 1300) -> Iterator[Visit]:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        there = Visit(context.new_page())

        def only_this_site(route):
            if route.request.url.startswith(address):
                route.continue_()
            else:
                there.foreign.append(route.request.url)
                route.abort()

        def count(response):
            if response.status >= 400:
                there.errors.append(f"{response.status} {response.url}")
            there.responses.append(response)

        def listen(message):
            if message.type == "error":
                there.errors.append(message.text)

        context.route("**/*", only_this_site)
        there.page.on("response", count)
        there.page.on("console", listen)
        there.page.on("pageerror", lambda error: there.errors.append(str(error)))
        there.page.goto(f"{address}{page}.html", wait_until="networkidle")
        there.page.evaluate("document.fonts.ready")
        there.page.evaluate("globalThis.MathJax?.startup?.promise.then(() => null)")
        yield there
        context.close()

    return opened


def unfold(page: Page) -> None:
    """Open the folded solutions and cells."""
    page.evaluate("""() => {
      document.querySelectorAll('details').forEach((d) => { d.open = true; });
      document.querySelectorAll('button.toggle-button-hidden').forEach((b) => b.click());
    }""")


def shown(figure: Locator) -> tuple[int, str]:
    """Return which frame of an explorable figure is visible, and its content."""
    frames = figure.locator(".dlbook-frames > div").all()
    visible = [i for i, frame in enumerate(frames) if frame.is_visible()]
    assert len(visible) == 1, f"expected one visible frame, found {visible}"
    return visible[0], frames[visible[0]].inner_html()


@pytest.mark.parametrize("page", [*PAGES, "search", "genindex"])
def test_page_loads_cleanly(visit, page):
    with visit(page) as there:
        assert there.foreign == [], "the page asks other hosts"
        assert there.errors == [], "the page reports errors"
        assert there.page.locator("h1:visible").count() == 1
        weight = there.weight()
        assert weight < MAX_PAGE, f"the page weighs {weight / 1e6:.2f} MB"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("page", [*PAGES, "search"])
def test_page_is_legible_and_accessible(visit, page, dark):
    with visit(page, dark=dark) as there:
        theme = there.page.locator("html").get_attribute("data-theme")
        assert theme == ("dark" if dark else "light"), "the page ignores the system's choice"
        unfold(there.page)
        kinds = there.page.evaluate(CONTRAST)
        if page in CHAPTERS:
            assert {"text", "code", "figure"} <= set(kinds)
        low = {kind: worst for kind, worst in kinds.items() if worst["ratio"] < MIN_CONTRAST}
        assert low == {}, "too little contrast"
        there.page.add_script_tag(path=AXE)
        report = there.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        grave = [
            (violation["id"], violation["nodes"][0]["html"][:200])
            for violation in report["violations"]
            if violation["impact"] in ("serious", "critical")
        ]
        assert grave == []


@pytest.mark.parametrize("page", [*PAGES, "search"])
def test_page_fits_a_phone(visit, page):
    with visit(page, width=390) as there:
        unfold(there.page)
        width = there.page.evaluate("document.documentElement.scrollWidth")
        assert width <= 390, "the page scrolls sideways"


@pytest.mark.parametrize("page", CHAPTERS)
def test_sliders_change_the_figure(visit, page):
    with visit(page) as there:
        unfold(there.page)
        for figure in there.page.locator(".dlbook-explore").all():
            for slider in figure.locator("input[type=range]").all():
                said = slider.get_attribute("aria-valuetext")
                before = shown(figure)
                last = int(slider.get_attribute("max"))
                at_end = int(slider.input_value()) == last
                slider.press("ArrowLeft" if at_end else "ArrowRight")
                by_key = shown(figure)
                assert by_key[0] != before[0], "a key does not change the frame"
                assert by_key[1] != before[1], "two positions show the same picture"
                assert slider.get_attribute("aria-valuetext") != said
                label = slider.locator("xpath=..")
                assert label.locator("output").inner_text() == slider.get_attribute(
                    "aria-valuetext"
                )
                box = slider.bounding_box()
                far = 0.05 if int(slider.input_value()) > last / 2 else 0.95
                slider.click(position={"x": far * box["width"], "y": box["height"] / 2})
                assert shown(figure)[0] != by_key[0], "the mouse does not change the frame"


def test_play_runs_and_pauses(visit):
    played = 0
    for page in CHAPTERS:
        with visit(page) as there:
            button = there.page.locator(".dlbook-explore button").first
            if not button.count():
                continue
            played += 1
            slider = there.page.locator(".dlbook-explore:has(button) input").first
            start = slider.input_value()
            button.click()
            assert button.inner_text() == "Pause"
            assert button.get_attribute("aria-pressed") == "true"
            there.page.wait_for_timeout(900)
            assert slider.input_value() != start, "Play does not move the slider"
            button.click()
            stopped = slider.input_value()
            there.page.wait_for_timeout(900)
            assert slider.input_value() == stopped, "Pause does not stop it"
            assert button.get_attribute("aria-pressed") == "false"
    assert played, "no page has a figure that plays"


def test_search_finds_a_term(visit):
    with visit(PAGES[0]) as there:
        there.page.keyboard.press("Control+k")
        there.page.keyboard.type("broadcasting")
        there.page.keyboard.press("Enter")
        there.page.wait_for_url("**/search.html?q=broadcasting*")
        there.page.wait_for_selector("ul.search li a[href*='glossary']")
        assert there.foreign == []


def test_theme_button_changes_the_colours(visit):
    with visit(PAGES[0]) as there:

        def paper() -> str:
            return there.page.evaluate("getComputedStyle(document.body).backgroundColor")

        seen = {paper()}
        for _ in range(3):
            there.page.locator("button.theme-switch-button:visible").first.click()
            seen.add(paper())
        assert len(seen) == 2, "light and dark look alike"


@pytest.mark.parametrize("page", CHAPTERS)
def test_chapter_states_its_facts(address, page):
    html = (SITE / f"{page}.html").read_text(encoding="utf-8")
    url = yaml.safe_load((ROOT / "_config.yml").read_text())["repository"]["url"]
    assert re.search(r"Runs in \d+ s on \d+ CPU core", html), "no run time: use tools/execute.py"
    assert "Download the notebook" in html
    if url:
        assert f"/{page}.ipynb" in html.split("colab.research.google.com")[1][:300]
    else:
        assert "colab.research.google.com" not in html
        assert "this copy names no public repository yet" in html


@pytest.mark.parametrize("page", PAGES)
def test_no_widget_manager_is_loaded(address, page):
    html = (SITE / f"{page}.html").read_text(encoding="utf-8")
    for name in ("html-manager", "require.min.js", "jupyter-widgets", "thebe"):
        assert name not in html


class Links(HTMLParser):
    """Collects what a page links to and what can be linked to on it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.targets: set[str] = set()
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the attributes that matter."""
        for name, value in attrs:
            if name in ("href", "src") and value:
                self.targets.add(value)
            elif name == "id" and value:
                self.anchors.add(value)


@pytest.fixture(scope="session")
def links(address) -> dict[Path, Links]:
    pages = [p for p in SITE.rglob("*.html") if "_static" not in p.parts]
    return {p.resolve(): Links(p.read_text(encoding="utf-8")) for p in pages}


def test_internal_links_and_downloads_resolve(links):
    broken = []
    for page, found in links.items():
        for target in found.targets:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            path = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            fragment = unquote(parts.fragment)
            if not path.is_file():
                broken.append(f"{page.name}: {target}")
            elif fragment and path in links and fragment not in links[path].anchors:
                broken.append(f"{page.name}: {target} (no such place on the page)")
    assert broken == []


def test_every_source_section_is_where_the_map_says(links):
    rows = yaml.safe_load((ROOT / "book" / "source_map.yml").read_text(encoding="utf-8"))
    assert rows
    lost = [
        row
        for row in rows
        if (found := links.get((SITE / f"{row['page']}.html").resolve())) is None
        or row["anchor"] not in found.anchors
    ]
    assert lost == []
