"""Augmentations of a whole batch at once: one call moves every image its own way.

Random numbers are drawn on the CPU, so that a seed gives the same images on every device.

Letters: n images, c channels, h height, w width, p padding.
"""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from dlbook.data._loaders import Transform

__all__ = ["compose", "random_affine", "random_crop", "random_flip"]


def random_flip(p: float = 0.5) -> Transform:
    """Mirror each image left to right with probability p.

    Parameters
    ----------
    p : float, default 0.5
        From 0 to 1.

    Returns
    -------
    callable
        ``transform(X, generator) -> X`` on X of shape (n, c, h, w).

    Raises
    ------
    ValueError
        If p is not from 0 to 1.
    """
    if not 0 <= p <= 1:
        raise ValueError(f"expected p from 0 to 1, received {p}")

    def transform(
        X: Float[Tensor, "n c h w"], generator: torch.Generator | None = None
    ) -> Float[Tensor, "n c h w"]:
        chosen = (torch.rand(len(X), generator=generator) < p).to(X.device)
        return torch.where(chosen[:, None, None, None], X.flip(-1), X)

    return transform


def random_crop(padding: int = 2) -> Transform:
    """Shift each image by up to ``padding`` whole pixels in both directions, zeros coming in.

    The same as padding with zeros on all sides and cutting out a window of the old size.

    Parameters
    ----------
    padding : int, default 2
        At least 0.

    Returns
    -------
    callable
        ``transform(X, generator) -> X`` on X of shape (n, c, h, w).

    Raises
    ------
    ValueError
        If padding is negative.
    """
    if padding < 0:
        raise ValueError(f"expected a padding of at least 0, received {padding}")

    def transform(
        X: Float[Tensor, "n c h w"], generator: torch.Generator | None = None
    ) -> Float[Tensor, "n c h w"]:
        n, _, h, w = X.shape
        corner = torch.randint(2 * padding + 1, (2, n), generator=generator).to(X.device)
        padded = F.pad(X, [padding] * 4)
        windows = padded.unfold(2, h, 1).unfold(3, w, 1)  # (n, c, 2p + 1, 2p + 1, h, w), a view
        return windows[torch.arange(n, device=X.device), :, corner[0], corner[1]]

    return transform


def random_affine(
    degrees: float = 0.0,
    translate: float = 0.0,
    scale: tuple[float, float] = (1.0, 1.0),
) -> Transform:
    """Turn, scale and shift each image about its centre, zeros coming in; bilinear.

    Parameters
    ----------
    degrees : float, default 0
        The angle is uniform in [-degrees, degrees]; positive is counter-clockwise.
    translate : float, default 0
        The shift is uniform in [-translate, translate], as a fraction of the width and,
        independently, of the height.
    scale : tuple of float, default (1, 1)
        The factor is uniform between the two; above 1 enlarges.

    Returns
    -------
    callable
        ``transform(X, generator) -> X`` on X of shape (n, c, h, w).

    Raises
    ------
    ValueError
        If degrees or translate is negative, or scale is not 0 < low <= high.
    """
    if degrees < 0 or translate < 0:
        raise ValueError(
            f"expected degrees and translate of at least 0, received {degrees} and {translate}"
        )
    low, high = scale
    if not 0 < low <= high:
        raise ValueError(f"expected scale (low, high) with 0 < low <= high, received {scale}")

    def transform(
        X: Float[Tensor, "n c h w"], generator: torch.Generator | None = None
    ) -> Float[Tensor, "n c h w"]:
        n, _, h, w = X.shape
        u = torch.rand(4, n, generator=generator, dtype=torch.float64)
        angle = math.radians(degrees) * (2 * u[0] - 1)
        factor = low + (high - low) * u[1]
        shift = translate * (2 * u[2:] - 1)  # (2, n), in widths and heights
        theta = _inverse_affine(angle, factor, shift, aspect=h / w).to(X)
        grid = F.affine_grid(theta, list(X.shape), align_corners=False)
        return F.grid_sample(X, grid, align_corners=False)

    return transform


def compose(*transforms: Transform) -> Transform:
    """Apply transforms one after the other, all drawing from the same generator.

    Parameters
    ----------
    *transforms : callable
        Each ``transform(X, generator) -> X``; the first is applied first.

    Returns
    -------
    callable
        ``transform(X, generator) -> X``.
    """

    def transform(X: Tensor, generator: torch.Generator | None = None) -> Tensor:
        for step in transforms:
            X = step(X, generator)
        return X

    return transform


def _inverse_affine(
    angle: Float[Tensor, "n"],
    factor: Float[Tensor, "n"],
    shift: Float[Tensor, "2 n"],
    aspect: float,
) -> Float[Tensor, "n 2 3"]:
    """Return where each output pixel comes from, in torch's coordinates from -1 to 1.

    Those coordinates have another unit on each axis unless the image is square, so a rotation
    picks up the aspect h / w.
    """
    cos, sin = torch.cos(angle) / factor, torch.sin(angle) / factor
    linear = torch.stack([cos, -sin * aspect, sin / aspect, cos]).T.reshape(-1, 2, 2)
    offset = -linear @ (2 * shift.T[:, :, None])  # an image is 2 units wide and high
    return torch.cat([linear, offset], dim=2)
