"""Fetch a file once, from the first mirror that serves the right bytes.

A download goes to a name of its own beside the target. Only when its hash is right is it renamed,
which is atomic, so that the cache never holds a wrong or half a file, and two processes may fetch
the same file at the same time.
"""

import contextlib
import os
import sys
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import final

import pooch
from tqdm import tqdm

__all__ = ["DownloadError", "cache_folder", "fetch"]

CHUNK = 256  # bytes between two looks at the clock


class DownloadError(OSError):
    """No mirror served the file; the message names each reason and what to do offline."""


def cache_folder() -> Path:
    """Return where downloads are kept: ``$DLBOOK_CACHE``, or the system's cache folder."""
    return Path(os.environ.get("DLBOOK_CACHE") or pooch.os_cache("dlbook"))


def fetch(
    name: str,
    mirrors: Sequence[str],
    *,
    known_hash: str,
    offline: str,
    cache_dir: str | os.PathLike[str] | None = None,
    timeout: float = 20.0,
    limit: float = 600.0,
) -> Path:
    """Return the path of a file, downloaded if it is not in the cache with the right hash.

    Parameters
    ----------
    name : str
        The file's name in the cache.
    mirrors : sequence of str
        Addresses of the file, tried in turn.
    known_hash : str
        ``"sha256:..."`` or ``"md5:..."``.
    offline : str
        What to use instead without a network; part of the error message.
    cache_dir : path, optional
        By default `cache_folder`.
    timeout : float, default 20
        Seconds to wait for a connection, and then for each next piece.
    limit : float, default 600
        Seconds that one mirror may take altogether.

    Returns
    -------
    Path
        The file, its hash checked.

    Raises
    ------
    DownloadError
        If no mirror serves the right bytes in time.
    """
    path = Path(cache_dir if cache_dir is not None else cache_folder()).expanduser() / name
    if path.is_file() and _mismatch(path, known_hash) is None:
        return path
    reasons = []
    for url in mirrors:
        reason = _try_mirror(url, path, known_hash, timeout, limit)
        if reason is None:
            return path
        reasons.append(f"  {url}: {reason}")
    raise DownloadError(_message(path, known_hash, reasons, offline))


def _try_mirror(url: str, path: Path, known_hash: str, timeout: float, limit: float) -> str | None:
    """Download to a name of its own, check, rename; return the reason of a failure."""
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    progress = _Progress(path.name, limit)
    download = pooch.HTTPDownloader(
        progressbar=progress,
        chunk_size=CHUNK,
        timeout=timeout,
        headers={"Accept-Encoding": "identity"},  # a .gz file is to arrive as it is
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        download(url, str(part), None)
        if reason := _mismatch(part, known_hash):
            return reason
        part.replace(path)
    except OSError as error:  # requests' errors are OSErrors too
        return _reason(error, timeout)
    finally:
        progress.close()
        with contextlib.suppress(OSError):
            part.unlink()
    return None


def _mismatch(path: Path, known_hash: str) -> str | None:
    algorithm, _, expected = known_hash.partition(":")
    received = pooch.file_hash(str(path), alg=algorithm)
    if received == expected.lower():
        return None
    return f"wrong content, {path.stat().st_size:,} bytes with {algorithm} {received}"


def _reason(error: OSError, timeout: float) -> str:
    """Say in a few words what went wrong."""
    response = getattr(error, "response", None)
    if response is not None:
        return f"HTTP {response.status_code}"
    text = str(error)
    if "timed out" in text:
        return f"no answer for {timeout:g} s"
    return text.rpartition("Caused by ")[2].strip("()'\"") or type(error).__name__


def _message(path: Path, known_hash: str, reasons: list[str], offline: str) -> str:
    lines = [f"could not download {path.name}; tried:", *reasons]
    if path.is_file():
        lines.append(f"The file {path} was not used: {_mismatch(path, known_hash)}.")
    lines.append(
        f"Without a network: {offline}; or get the file ({known_hash}) elsewhere "
        f"and save it as {path}"
    )
    return "\n".join(lines)


@final
class _Progress:
    """The progress bar that pooch drives, with a clock that ends a download."""

    def __init__(self, name: str, limit: float) -> None:
        self.limit = limit
        self.start = time.monotonic()
        in_notebook = type(sys.stderr).__module__.startswith("ipykernel")
        shown = not os.environ.get("CI") and (in_notebook or sys.stderr.isatty())
        self.bar = tqdm(desc=name, unit="B", unit_scale=True, leave=False, disable=not shown)

    @property
    def total(self) -> int:
        """Return the bytes to come."""
        return int(self.bar.total or 0)

    @total.setter
    def total(self, size: int) -> None:
        self.bar.total = size

    def update(self, size: int) -> None:
        """Count bytes; raise TimeoutError when the time is up."""
        if time.monotonic() - self.start > self.limit:
            raise TimeoutError(f"not finished after {self.limit:g} s")
        self.bar.update(size)

    def reset(self) -> None:
        """Start counting again."""
        self.bar.reset()

    def close(self) -> None:
        """Take the bar away."""
        self.bar.close()
