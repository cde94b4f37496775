"""explore draws every frame once; what it returns needs nothing but a browser."""

import html
import re
import xml.etree.ElementTree as ET

import pytest

from dlbook import plot
from dlbook.explore import explore, live


def draw(k, m=0):
    figure, ax = plot.subplots(size=(2, 2))
    ax.set_title(f"k={k} m={m}")
    return figure


def frames(explorer):
    root = ET.fromstring(explorer.html)
    return root, list(root.find(".//div[@class='dlbook-frames']"))


def test_every_combination_is_a_frame_in_the_sliders_order():
    explorer = explore(draw, alt="k {k}, m {m}", k=[1, 2, 3], m=[0.5, 4.0])
    root, pictures = frames(explorer)
    titles = ["".join(p.itertext()) for p in pictures]
    expected = [f"k={k} m={m}" for k in (1, 2, 3) for m in (0.5, 4.0)]
    assert all(e in t for e, t in zip(expected, titles, strict=True))
    labels = [p[0].get("aria-label") for p in pictures]
    assert labels[:2] == ["k 1, m 0.5", "k 1, m 4"]
    sliders = root.findall(".//input")
    assert [s.get("max") for s in sliders] == ["2", "1"]
    assert sliders[1].get("data-values") == "0.5|4"


def test_only_the_starting_frame_is_visible():
    _, pictures = frames(explore(draw, alt="{k}", k=range(4), m=[0, 1], start={"k": 2, "m": 1}))
    visible = [i for i, p in enumerate(pictures) if p.get("hidden") is None]
    assert visible == [2 * 2 + 1]


def test_controls_are_labelled_and_need_no_script_element_or_host():
    page = explore(draw, alt="{k}", labels={"k": "rank <k>"}, k=range(3)).html
    root = ET.fromstring(page)
    assert root.find(".//label/span").text == "rank <k>"
    assert root.find(".//input").get("aria-valuetext") == "0"
    assert root.find(".//button").text == "Play"
    for control in (root.find(".//input"), root.find(".//button")):
        assert control.get("data-lm-suppress-shortcuts") == "true", "JupyterLab takes the keys"
    assert "<script" not in page
    assert not re.search(r'(src|href)="(?!#|data:)', page)
    assert "const index" in html.unescape(root.get("oninput"))


def test_weight_is_capped_and_reported():
    explorer = explore(draw, alt="{k}", k=range(3))
    assert 0 < explorer.kilobytes < 20
    assert "k: 3" in repr(explorer)
    with pytest.raises(ValueError, match=r"3 frames weigh \d+ KB after gzip, more than 0.5"):
        explore(draw, alt="{k}", k=range(3), max_kb=0.5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "one to 3 sliders, received 0"),
        ({"a": (0, 1), "b": (0, 1), "c": (0, 1), "d": (0, 1)}, "received 4"),
        ({"k": [1]}, "two values or more"),
        ({"k": range(30), "m": range(30)}, "900 frames"),
        ({"k": range(3), "start": {"k": 7}}, "k=7 is not a position"),
        ({"k": range(3), "start": {"z": 0}}, "z=0 is not a position"),
    ],
)
def test_bad_sliders_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        explore(draw, alt="x", **arguments)


def test_alt_text_is_required():
    with pytest.raises(ValueError, match="alt text"):
        explore(draw, alt=" ", k=range(2))


def test_an_error_while_drawing_names_the_frame():
    def fail(k):
        return 1 / (k - 1) and draw(k)

    with pytest.raises(ZeroDivisionError) as caught:
        explore(fail, alt="x", k=range(3))
    assert "k=1" in caught.value.__notes__[0]
    with pytest.raises(TypeError, match=r"draw\(k=0\): expected a Figure, received NoneType"):
        explore(lambda k: None, alt="x", k=range(2))


def test_live_offers_a_widget_and_a_still():
    figure = live(draw, alt="k {k}", k=[1, 2, 3], start={"k": 2})
    bundle = figure._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "k=2" in bundle["text/html"]
    assert "A still" in bundle["text/html"]
    slider = figure.widget.children[0]
    assert slider.value == 2
    assert [label for label, _ in slider.options] == ["1", "2", "3"]
