"""Figures follow the page's colours, carry their text, and stay light."""

import base64
import io
import re
import xml.etree.ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from dlbook import plot
from dlbook.train import History


def line():
    figure, ax = plot.subplots()
    ax.plot([0, 1], [0, 1], label="a line")
    ax.set(xlabel="time / s", title="$x^2$")
    ax.legend()
    ax.grid()
    return figure


def luminance(color):
    channels = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]
    return float(np.dot(channels, [0.2126, 0.7152, 0.0722]))


def contrast(a, b):
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.fixture
def shown(monkeypatch):
    """The HTML that plot displays."""
    outputs = []
    monkeypatch.setattr(plot, "display", lambda out: outputs.append(out.data))
    return outputs


@pytest.mark.parametrize("color", plot.colors)
@pytest.mark.parametrize("background", ["#ffffff", "#14181e"])
def test_the_palette_is_legible_on_light_and_dark(color, background):
    assert contrast(color, background) >= 3


def test_text_and_axes_take_the_pages_colour():
    svg = plot.to_svg(line(), alt="A line.")
    root = ET.fromstring(svg)
    parent = {child: node for node in root.iter() for child in node}
    texts = root.findall(".//{*}text")
    assert len(texts) > 5
    for text in texts:  # mathematics is coloured by the group around it
        assert "currentColor" in (text.get("style", "") + parent[text].get("style", ""))
    assert not re.search(r"#0{6}|fill: (black|white)", svg)
    assert plot.INK not in svg


def test_svg_is_valid_and_carries_its_alternative():
    root = ET.fromstring(plot.to_svg(line(), alt='One < two & "three".'))
    assert root.get("role") == "img"
    assert root.get("aria-label") == 'One < two & "three".'
    assert "time / s" in "".join(root.itertext())
    assert root.find(".//{*}style") is None, "a style element would apply to the whole page"


def test_figures_do_not_share_ids_and_are_reproducible():
    def ids(alt):
        return set(re.findall(r'id="([^"]+)"', plot.to_svg(line(), alt=alt)))

    assert ids("one")
    assert not ids("one") & ids("two")
    assert plot.to_svg(line(), alt="one") == plot.to_svg(line(), alt="one")


def test_references_inside_the_svg_resolve():
    svg = plot.to_svg(line(), alt="one")
    ids = set(re.findall(r'id="([^"]+)"', svg))
    references = set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg))
    assert references
    assert references <= ids


@pytest.mark.parametrize("alt", ["", "  "])
def test_alt_text_is_required(alt):
    with pytest.raises(ValueError, match="alt text"):
        plot.show(line(), alt=alt)


def test_heavy_figures_are_refused_and_dense_ones_are_light(shown):
    def cloud():
        figure, ax = plot.subplots()
        ax.plot(*np.random.default_rng(0).normal(size=(2, 20_000)), ".")
        return figure

    with pytest.raises(ValueError, match=r"weighs \d+ KB.*dense=True"):
        plot.show(cloud(), alt="A cloud.")
    plot.show(cloud(), alt="A cloud.", dense=True)
    assert len(shown) == 1
    assert len(shown[0]) < 200_000
    assert "<text" in shown[0]


@pytest.mark.parametrize("shape", [(5, 8, 8), (5, 1, 8, 8), (5, 3, 8, 8)])
def test_images_draws_every_image(shown, shape):
    plot.images(np.random.default_rng(0).random(shape), alt="Noise.", titles="abcde", cols=3)
    assert shown[0].count("<image") == 5
    assert shown[0].count("<text") == 5


def test_images_refuses_what_it_cannot_draw():
    with pytest.raises(ValueError, match=r"\(5, 2, 8, 8\)"):
        plot.images(np.zeros((5, 2, 8, 8)), alt="None.")
    with pytest.raises(ValueError, match="expected 5 titles, received 2"):
        plot.images(np.zeros((5, 8, 8)), alt="None.", titles="ab")


def embedded(svg):
    data = re.findall(r'data:image/webp;base64,([^"]+)', svg)
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(d))).convert("RGB")) for d in data]


@pytest.mark.parametrize(("side", "tolerance"), [(28, 0), (200, 12)])
def test_small_images_stay_exact_and_large_ones_close(side, tolerance):
    ramp = np.add.outer(np.arange(side), np.arange(side)) / (2 * side - 2)
    figure, ax = plot.subplots()
    ax.imshow(ramp, vmin=0, vmax=1)
    (picture,) = embedded(plot.to_svg(figure, alt="A ramp."))
    expected = mpl.colormaps["gray"](ramp, bytes=True)[..., 0].astype(int)
    assert picture.shape == (side, side, 3)
    assert np.abs(picture[..., 0] - expected).max() <= tolerance


def test_points_drawn_as_pixels_keep_their_transparency():
    svg = plot.to_svg(line(), alt="A line.", dense=True)
    data = re.findall(r'data:image/webp;base64,([^"]+)', svg)
    pictures = [Image.open(io.BytesIO(base64.b64decode(d))) for d in data]
    assert pictures
    assert all(p.mode == "RGBA" and p.getextrema()[-1] == (0, 255) for p in pictures)


def test_history_draws_what_is_there(shown):
    run = History([{"epoch": e, "loss": 1 / e, "val_loss": 2 / e} for e in (1.0, 2.0)])
    plot.history(run, alt="Falling.")
    assert "validation" in shown[0]
    assert "accuracy" not in shown[0]
