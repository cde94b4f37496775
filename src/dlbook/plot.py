"""Figures in the book's style: inline SVG that follows the page from light to dark.

Text, axes and grid are drawn in one marker colour, which `to_svg` turns into CSS's
``currentColor``: a figure takes the text colour of the page it stands on, in JupyterLab,
on Colab and on the site. The palette keeps a contrast of at least 3:1 on white and on the
site's dark background (WCAG 2.1, 1.4.11, graphical objects).
"""

import base64
import hashlib
import html
import io
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import matplotlib as mpl
import numpy as np
from cycler import cycler
from IPython.display import HTML, display
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from PIL import Image

if TYPE_CHECKING:
    from dlbook.train import History

__all__ = [
    "BLUE",
    "GRAY",
    "GREEN",
    "INK",
    "ORANGE",
    "PAPER",
    "PURPLE",
    "RED",
    "colors",
    "history",
    "images",
    "show",
    "subplots",
    "to_svg",
]

BLUE = "#2f7fd1"
ORANGE = "#cf6a12"
GREEN = "#2a8f62"
RED = "#d4475a"
PURPLE = "#8c68c9"
GRAY = "#7d828a"
colors = [BLUE, ORANGE, GREEN, RED, PURPLE, GRAY]

INK = "#0a0b0c"  # stands for the page's text colour until `to_svg` replaces it
PAPER = "#fdfcfb"  # stands for the page's background

STYLE: Any = {  # typed loosely: the keys that Matplotlib knows depend on its version
    "axes.edgecolor": INK,
    "axes.facecolor": "none",
    "axes.grid": False,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.prop_cycle": cycler(color=colors),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 11,
    "figure.facecolor": "none",
    "figure.dpi": 100,
    "figure.figsize": (6.4, 3.6),
    "font.family": ["DejaVu Sans"],
    "font.size": 10,
    "grid.alpha": 0.25,
    "grid.color": INK,
    "grid.linewidth": 0.6,
    "image.cmap": "gray",
    "image.interpolation": "none",
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "patch.edgecolor": INK,
    "savefig.facecolor": "none",
    "svg.fonttype": "none",
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}
MAX_KILOBYTES = 600
EXACT_PIXELS = 64

# What Matplotlib's SVG needs before it can stand in a page among others, in order.
CLEAN = [
    (r"<style.*?</style>", ""),  # would apply to the whole page
    (r' id="[a-zA-Z0-9.]+_\d+"', ""),  # names of groups, which nothing refers to
    (r"xlink:href", "href"),
    (r"'DejaVu Sans'", "'DejaVu Sans',Verdana,sans-serif"),  # Verdana is as wide
    (INK, "currentColor"),
    (PAPER, "var(--dlbook-paper,var(--jp-layout-color0,Canvas))"),
    (r"\s*\n\s*", " "),
    (r"> <", "><"),
]


def subplots(
    rows: int = 1,
    cols: int = 1,
    *,
    size: tuple[float, float] | None = None,
    layout: Literal["constrained", "compressed", "tight"] | None = "constrained",
    **kwargs: Any,
) -> tuple[Figure, Any]:
    """Make a figure and its axes in the book's style.

    Parameters
    ----------
    rows, cols : int
        The grid of axes.
    size : tuple of float, optional
        Width and height in inches; by default 3.2 by 3 a panel, or 6.4 by 3.6 for one.
    layout : str, default "constrained"
        Matplotlib's layout engine.
    **kwargs
        Passed on to `matplotlib.figure.Figure.subplots`.

    Returns
    -------
    figure : Figure
    axes : Axes or ndarray of Axes
        As `matplotlib.pyplot.subplots` returns them.
    """
    if size is None:
        size = (6.4, 3.6) if rows == cols == 1 else (3.2 * cols, 3.0 * rows)
    mpl.rcParams.update(STYLE)  # for the artists that are added to these axes later
    figure = Figure(figsize=size, layout=layout)
    return figure, figure.subplots(rows, cols, **kwargs)


def _rasterize(figure: Figure) -> None:
    """Draw the data of each axes as pixels; text and axes stay vectors."""
    for ax in figure.axes:
        for artist in [*ax.lines, *ax.collections, *ax.patches]:
            artist.set_rasterized(True)


def to_svg(figure: Figure, *, alt: str, dense: bool = False) -> str:
    """Turn a figure into an `<svg>` element that takes the page's own text colour.

    Parameters
    ----------
    figure : Figure
        A figure made by `subplots`.
    alt : str
        What a reader who cannot see the figure needs to know.
    dense : bool, default False
        Draw lines, points and areas as pixels, which is lighter when there are thousands.

    Returns
    -------
    str
        The SVG element, with `alt` as its accessible name.

    Raises
    ------
    ValueError
        If `alt` is empty.
    """
    if not alt.strip():
        raise ValueError("expected alt text that says what the figure shows, received none")
    if dense:
        _rasterize(figure)
    buffer = io.StringIO()
    salt = hashlib.sha1(alt.encode()).hexdigest()  # keeps ids apart from other figures' ids
    with mpl.rc_context({**STYLE, "svg.hashsalt": salt}):
        figure.savefig(buffer, format="svg", dpi=144, metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue()
    width, height = re.findall(r'(?:width|height)="([\d.]+)pt"', svg)[:2]
    body = svg[svg.index("<defs>") : svg.rindex("</svg>")]
    for pattern, replacement in CLEAN:
        body = re.sub(pattern, replacement, body, flags=re.DOTALL)
    body = re.sub(r"data:image/png;base64,([^\"]+)", _lighter, body)
    return (
        f'<svg role="img" aria-label="{html.escape(alt)}" viewBox="0 0 {width} {height}" '
        'xmlns="http://www.w3.org/2000/svg" style="width:100%;height:auto;'
        f'max-width:{float(width) * 4 / 3:.0f}px;stroke-linejoin:round;stroke-linecap:butt">'
        f"{body.strip()}</svg>"
    )


def _lighter(match: re.Match[str]) -> str:
    """Encode an embedded picture anew, as WebP: a third of the weight or less.

    Small pictures, whose single pixels are to be seen, and transparent ones (lines and points
    drawn as pixels) stay exact; photographs are encoded at a quality of 80 of 100.
    """
    picture = Image.open(io.BytesIO(base64.b64decode(match.group(1))))
    opaque = "A" not in picture.mode or picture.getextrema()[-1] == (255, 255)
    exact = not opaque or min(picture.size) <= EXACT_PIXELS
    buffer = io.BytesIO()
    picture.convert("RGB" if opaque else "RGBA").save(
        buffer, "WEBP", lossless=exact, quality=80, method=6
    )
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def show(figure: Figure, *, alt: str, dense: bool = False) -> None:
    """Display a figure in the notebook, with its text alternative.

    Parameters
    ----------
    figure : Figure
        A figure made by `subplots`.
    alt : str
        What the figure shows and what it means, for a reader who cannot see it.
    dense : bool, default False
        Draw lines, points and areas as pixels, which is lighter when there are thousands.

    Raises
    ------
    ValueError
        If `alt` is empty, or the figure weighs more than 600 KB.
    """
    svg = to_svg(figure, alt=alt, dense=dense)
    if len(svg) > 1000 * MAX_KILOBYTES:
        raise ValueError(
            f"the figure weighs {len(svg) / 1000:.0f} KB, more than {MAX_KILOBYTES}: draw fewer "
            "points, or pass dense=True"
        )
    display(HTML(f'<div class="dlbook-figure">{svg}</div>'))


def images(
    X: ArrayLike,
    *,
    alt: str,
    titles: Sequence[object] | None = None,
    cols: int = 8,
    cmap: str = "gray",
    vmin: float | None = None,
    vmax: float | None = None,
    scale: float = 1.0,
) -> None:
    """Display a batch of images as a grid.

    Parameters
    ----------
    X : array_like
        Images of shape (n, h, w), (n, 1, h, w) or (n, 3, h, w); colours from 0 to 1.
    alt : str
        What the grid shows, for a reader who cannot see it.
    titles : sequence, optional
        One short title an image.
    cols : int, default 8
        Images in a row.
    cmap : str, default "gray"
        Matplotlib's colour map for images with one channel.
    vmin, vmax : float, optional
        The values drawn as the map's ends; by default each image's own extremes.
    scale : float, default 1.0
        Size of an image in inches.

    Raises
    ------
    ValueError
        If the shape is not one of those above, or the number of titles is not n.
    """
    pictures = np.asarray(X)
    if pictures.ndim == 4 and pictures.shape[1] == 1:
        pictures = pictures[:, 0]
    elif pictures.ndim == 4 and pictures.shape[1] == 3:
        pictures = np.moveaxis(pictures, 1, -1).clip(0, 1)
    elif pictures.ndim != 3:
        raise ValueError(
            f"expected shape (n, h, w), (n, 1, h, w) or (n, 3, h, w), received {pictures.shape}"
        )
    if titles is not None and len(titles) != len(pictures):
        raise ValueError(f"expected {len(pictures)} titles, received {len(titles)}")
    cols = min(cols, len(pictures))
    rows = -(-len(pictures) // cols)
    height = scale * pictures.shape[1] / pictures.shape[2] + (0.25 if titles is not None else 0)
    figure, axes = subplots(rows, cols, size=(cols * scale, rows * height), squeeze=False)
    for ax in axes.flat:
        ax.axis("off")
    for i, (ax, picture) in enumerate(zip(axes.flat, pictures, strict=False)):
        ax.imshow(picture, cmap=cmap, vmin=vmin, vmax=vmax)
        if titles is not None:
            ax.set_title(str(titles[i]), fontsize=9, pad=3)
    show(figure, alt=alt)


def history(history: "History", *, alt: str, keys: Sequence[str] = ("loss", "accuracy")) -> None:
    """Display the curves of a training run, one panel a quantity.

    Parameters
    ----------
    history : History
        What `dlbook.train.fit` returned.
    alt : str
        What the curves show, for a reader who cannot see them.
    keys : sequence of str, default ("loss", "accuracy")
        The quantities; each is drawn with its validation twin, where there is one.
        Those that the history lacks are left out.
    """
    keys = [k for k in keys if k in history or f"val_{k}" in history]
    figure, axes = subplots(1, len(keys), size=(3.6 * len(keys), 2.8), squeeze=False)
    for ax, key in zip(axes.flat, keys, strict=True):
        for name, label in ((key, "training"), (f"val_{key}", "validation")):
            if name in history:
                ax.plot(history["epoch"], history[name], marker="o", markersize=3, label=label)
        ax.set(xlabel="epoch", ylabel=key)
        ax.legend()
    show(figure, alt=alt)
