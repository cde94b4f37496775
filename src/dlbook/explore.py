"""Figures with sliders that stay alive where there is no kernel.

`explore` draws every frame once and returns plain HTML: native range inputs and a few lines
of JavaScript in their event handlers, which work alike in JupyterLab, on Colab and on a
static page with no network. `live` is for figures with too many combinations to draw
beforehand: it needs a kernel, and shows a still where there is none.
"""

import gzip
import html
import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import ipywidgets as widgets
from IPython.display import HTML, display
from matplotlib.figure import Figure

from dlbook import plot

__all__ = ["Explorer", "Live", "explore", "live"]

MAX_FRAMES = 400

# JupyterLab would take the arrow keys for itself where this is not set.
KEYS_ARE_MINE = 'data-lm-suppress-shortcuts="true"'

# The sliders' positions, read as digits of a number, give the frame to show.
ON_INPUT = """
const sliders = [...this.querySelectorAll('input')];
const index = sliders.reduce((i, s) => i * (+s.max + 1) + s.valueAsNumber, 0);
[...this.querySelector('.dlbook-frames').children].forEach((f, i) => { f.hidden = i !== index; });
for (const s of sliders) {
  const text = s.dataset.values.split('|')[s.valueAsNumber];
  s.setAttribute('aria-valuetext', text);
  s.parentElement.querySelector('output').textContent = text;
}"""

ON_PLAY = """
const root = this.closest('.dlbook-explore'), slider = root.querySelector('input');
const stop = () => {
  clearInterval(root.timer); root.timer = null;
  this.textContent = 'Play'; this.setAttribute('aria-pressed', 'false');
};
if (root.timer) { stop(); return; }
this.textContent = 'Pause'; this.setAttribute('aria-pressed', 'true');
root.timer = setInterval(() => {
  if (!root.isConnected) { stop(); return; }
  slider.value = (slider.valueAsNumber + 1) % (+slider.max + 1);
  slider.dispatchEvent(new Event('input', { bubbles: true }));
}, 600);"""

CSS = (
    ".dlbook-explore .dlbook-controls{display:flex;flex-wrap:wrap;gap:.3em 1.5em;"
    "align-items:center;margin:.2em 0 .6em;font-family:sans-serif;font-size:.9em}"
    ".dlbook-explore label{display:flex;gap:.6em;align-items:center;margin:0}"
    ".dlbook-explore input{width:12em;max-width:45vw;accent-color:#2f7fd1}"
    ".dlbook-explore output{min-width:3em;font-variant-numeric:tabular-nums}"
    ".dlbook-explore button{min-width:4.5em;padding:.2em .6em;font:inherit;color:inherit;"
    "background:none;border:1px solid currentColor;border-radius:4px;cursor:pointer}"
)


def _attribute(code: str) -> str:
    """Fold JavaScript into one line that can stand in an HTML attribute."""
    return html.escape(" ".join(code.split()))


def _text(value: object) -> str:
    """Write a slider's value as a reader sees it."""
    return f"{value:g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True)
class Explorer:
    """A figure with sliders, ready to be displayed.

    Attributes
    ----------
    sliders : dict of str to list
        The values of each slider, in the order of the keyword arguments.
    html : str
        The figure and its controls, complete in itself.
    kilobytes : float
        The weight of `html` after gzip, which is what a reader downloads.
    """

    sliders: dict[str, list[Any]]
    html: str
    kilobytes: float

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name}: {len(values)}" for name, values in self.sliders.items())
        return f"Explorer({sizes} positions, {self.kilobytes:.0f} KB)"


def _values(sliders: Mapping[str, Iterable[Any]], most: int) -> dict[str, list[Any]]:
    """Check the sliders that a caller asked for, and list their values."""
    if not 1 <= len(sliders) <= most:
        raise ValueError(f"expected one to {most} sliders, received {len(sliders)}")
    values = {name: list(choices) for name, choices in sliders.items()}
    for name, choices in values.items():
        if len(choices) < 2:
            raise ValueError(f"slider {name!r}: expected two values or more, received {choices}")
    return values


def _starts(values: dict[str, list[Any]], start: Mapping[str, Any]) -> dict[str, int]:
    """Find the position at which each slider begins."""
    positions = dict.fromkeys(values, 0)
    for name, value in start.items():
        if name not in values or value not in values[name]:
            raise ValueError(f"start: {name}={value!r} is not a position of any slider")
        positions[name] = values[name].index(value)
    return positions


def _figure(draw: Callable[..., Figure], chosen: dict[str, Any]) -> Figure:
    """Call `draw`, and say for which values it failed."""
    call = ", ".join(f"{name}={value!r}" for name, value in chosen.items())
    try:
        figure = draw(**chosen)
    except Exception as error:
        error.add_note(f"while explore drew the frame {call}")
        raise
    if not isinstance(figure, Figure):
        raise TypeError(f"draw({call}): expected a Figure, received {type(figure).__name__}")
    return figure


def _frame(
    draw: Callable[..., Figure], alt: str, chosen: dict[str, Any], *, dense: bool = False
) -> str:
    """Draw one frame, with the chosen values in its alt text."""
    texts = {name: _text(value) for name, value in chosen.items()}
    return plot.to_svg(_figure(draw, chosen), alt=alt.format(**texts), dense=dense)


def _slider(name: str, label: str, values: list[Any], position: int) -> str:
    """Write one native range input with its label and its current value."""
    texts = [_text(v).replace("|", "/") for v in values]
    return (
        f'<label><span>{html.escape(label)}</span><input type="range" min="0" '
        f'max="{len(values) - 1}" step="1" value="{position}" name="{html.escape(name)}" '
        f'aria-valuetext="{html.escape(texts[position])}" autocomplete="off" {KEYS_ARE_MINE} '
        f'data-values="{html.escape("|".join(texts))}"/>'
        f"<output>{html.escape(texts[position])}</output></label>"
    )


def explore(
    draw: Callable[..., Figure],
    *,
    alt: str,
    labels: Mapping[str, str] | None = None,
    start: Mapping[str, Any] | None = None,
    play: bool = True,
    dense: bool = False,
    max_kb: float = 200,
    **sliders: Iterable[Any],
) -> Explorer:
    """Return a figure with one to three sliders that need no kernel.

    Every combination of the sliders' values is drawn once, now; the browser then only
    chooses which frame to show. The sliders answer to the arrow keys, Home and End.

    Parameters
    ----------
    draw : callable
        ``draw(**values)`` returns a Figure made by `dlbook.plot.subplots`.
    alt : str
        What the figure shows, for a reader who cannot see it; ``"{k}"`` stands for the value
        of slider ``k`` in that frame.
    labels : mapping, optional
        A slider's label, where its name alone is not enough.
    start : mapping, optional
        The value at which a slider begins; the first by default.
    play : bool, default True
        Offer a button that runs through the first slider.
    dense : bool, default False
        Draw lines, points and areas as pixels, which is lighter when there are thousands.
    max_kb : float, default 200
        The weight that the figure may have, in kilobytes after gzip.
    **sliders : iterable
        One to three sliders: name and values.

    Returns
    -------
    Explorer
        Displays itself as the last expression of a cell.

    Raises
    ------
    ValueError
        If there are no sliders or more than three, more than 400 frames, a start that is not
        a position, no alt text, or if the figure is heavier than `max_kb`.
    TypeError
        If `draw` returns something else than a Figure.

    Examples
    --------
    >>> def draw(k):
    ...     figure, ax = plot.subplots()
    ...     ax.plot([0, 1], [0, k])
    ...     return figure
    >>> explore(draw, alt="A line of slope {k}.", k=range(1, 4))
    Explorer(k: 3 positions, 2 KB)
    """
    values = _values(sliders, most=3)
    positions = _starts(values, start or {})
    combinations = list(itertools.product(*(range(len(v)) for v in values.values())))
    if len(combinations) > MAX_FRAMES:
        raise ValueError(f"{len(combinations)} frames are more than {MAX_FRAMES}: see `live`")
    frames = []
    for combination in combinations:
        chosen = {name: values[name][i] for name, i in zip(values, combination, strict=True)}
        svg = _frame(draw, alt, chosen, dense=dense)
        hidden = "" if combination == tuple(positions.values()) else ' hidden=""'
        frames.append(f"<div{hidden}>{svg}</div>")
    names = {name: name for name in values} | dict(labels or {})
    controls = [_slider(n, names[n], v, positions[n]) for n, v in values.items()]
    if play:
        controls.append(
            f'<button type="button" aria-pressed="false" {KEYS_ARE_MINE} '
            f'onclick="{_attribute(ON_PLAY)}">Play</button>'
        )
    page = (
        f'<div class="dlbook-explore dlbook-figure" role="group" aria-label="Figure with sliders" '
        f'oninput="{_attribute(ON_INPUT)}"><style>{CSS}</style>'
        f'<div class="dlbook-controls">{"".join(controls)}</div>'
        f'<div class="dlbook-frames">{"".join(frames)}</div></div>'
    )
    kilobytes = len(gzip.compress(page.encode())) / 1000
    if kilobytes > max_kb:
        raise ValueError(
            f"{len(frames)} frames weigh {kilobytes:.0f} KB after gzip, more than {max_kb:g}: "
            "use fewer positions, draw fewer points, or pass dense=True"
        )
    return Explorer(values, page, kilobytes)


@dataclass(frozen=True)
class Live:
    """A figure that a kernel redraws, with a still for pages that have no kernel."""

    widget: widgets.Widget
    still: str

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle = dict(self.widget._repr_mimebundle_(**kwargs))
        return {**bundle, "text/html": self.still, "text/plain": repr(self)}

    def __repr__(self) -> str:
        return "Live figure: its sliders need a running kernel"


def live(
    draw: Callable[..., Figure],
    *,
    alt: str,
    labels: Mapping[str, str] | None = None,
    start: Mapping[str, Any] | None = None,
    **sliders: Iterable[Any],
) -> Live:
    """Return a figure with up to six sliders that a running kernel redraws.

    Use it only where `explore` would have too many frames. A page without a kernel shows the
    first frame and says that the sliders come with the notebook.

    Parameters
    ----------
    draw : callable
        ``draw(**values)`` returns a Figure made by `dlbook.plot.subplots`.
    alt : str
        What the figure shows; ``"{k}"`` stands for the value of slider ``k``.
    labels : mapping, optional
        A slider's label, where its name alone is not enough.
    start : mapping, optional
        The value at which a slider begins; the first by default.
    **sliders : iterable
        One to six sliders: name and values.

    Returns
    -------
    Live
        Displays itself as the last expression of a cell.

    Raises
    ------
    ValueError
        If there are no sliders or more than six, a start that is not a position, or no alt
        text.
    TypeError
        If `draw` returns something else than a Figure.
    """
    values = _values(sliders, most=6)
    positions = _starts(values, start or {})
    names = {name: name for name in values} | dict(labels or {})

    controls = {
        name: widgets.SelectionSlider(
            options=[(_text(v), v) for v in choices],
            index=positions[name],
            description=names[name],
            continuous_update=False,
        )
        for name, choices in values.items()
    }
    first = _frame(draw, alt, {name: values[name][i] for name, i in positions.items()})
    still = (
        f'<div class="dlbook-figure">{first}<p class="dlbook-still"><em>A still: this figure '
        "has sliders when the notebook runs.</em></p></div>"
    )
    output = widgets.interactive_output(
        lambda **chosen: display(HTML(_frame(draw, alt, chosen))), controls
    )
    return Live(widgets.VBox([*controls.values(), output]), still)
