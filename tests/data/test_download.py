"""Downloads against a server on this machine that misbehaves in every way it can."""

import contextlib
import gzip
import hashlib
import multiprocessing
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from dlbook import data
from dlbook.data import _mnist
from dlbook.data._download import cache_folder

CONTENT = np.random.default_rng(0).bytes(50_000)
KNOWN_HASH = "sha256:" + hashlib.sha256(CONTENT).hexdigest()
OFFLINE = "use dlbook.data.digits()"


class Handler(BaseHTTPRequestHandler):
    """Serves by the first part of the path: one way to behave each."""

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.server.paths.append(self.path)
        kind = self.path.split("/")[1]
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            getattr(self, f"do_{kind}")()

    def start(self, length=50_000):
        self.send_response(200)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def do_good(self):
        self.start()
        self.wfile.write(CONTENT)

    def do_slow(self):
        self.start()
        self.wfile.write(CONTENT[:20_000])
        self.server.over.wait(0.05)
        self.wfile.write(CONTENT[20_000:])

    def do_zips(self):
        """Compress once more for whoever accepts that, as some stores of files do."""
        accepts = "gzip" in self.headers.get("Accept-Encoding", "")
        self.server.paths.append("compressed" if accepts else "as it is")
        self.do_good()

    def do_404(self):
        self.send_error(404)

    def do_500(self):
        self.send_error(500)

    def do_truncated(self):
        self.start(length=20_000)
        self.wfile.write(CONTENT[:20_000])

    def do_dies(self):
        self.start()
        self.wfile.write(CONTENT[:20_000])

    def do_corrupt(self):
        self.start()
        self.wfile.write(CONTENT[:-1] + b"!")

    def do_page(self):
        """A page of words with status 200, as a hotel's network serves."""
        self.start(length=22)
        self.wfile.write(b"<html>Sign in</html>\n\n")

    def do_stalls(self):
        self.start()
        self.wfile.write(CONTENT[:20_000])
        self.server.over.wait(10)

    def do_silent(self):
        self.server.over.wait(10)

    def do_trickles(self):
        self.start()
        for i in range(len(CONTENT)):
            self.wfile.write(CONTENT[i : i + 1])
            if self.server.over.wait(0.002):
                return

    def do_mnist(self):
        content = self.server.files[self.path.split("/")[2]]
        self.start(length=len(content))
        self.wfile.write(content)


@pytest.fixture
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.paths, server.over, server.files = [], threading.Event(), {}
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def fetch(server, tmp_path):
    def fetch(*kinds, **options):
        options = {"known_hash": KNOWN_HASH, "offline": OFFLINE, "timeout": 0.5} | options
        mirrors = [kind if "://" in kind else f"{server.url}/{kind}/f.bin" for kind in kinds]
        return data.fetch("f.bin", mirrors, cache_dir=tmp_path / "cache", **options)

    return fetch


def cached(tmp_path):
    """Every file in the cache, hidden ones too."""
    return {path.name: path.read_bytes() for path in (tmp_path / "cache").rglob("*")}


def test_downloads_once(fetch, server, tmp_path):
    path = fetch("good")
    assert path == tmp_path / "cache" / "f.bin"
    assert fetch("good") == path
    assert cached(tmp_path) == {"f.bin": CONTENT}
    assert len(server.paths) == 1


def test_asks_for_the_file_as_it_is(fetch, server):
    fetch("zips")
    assert server.paths[-1] == "as it is"


FAILURES = {
    "404": "HTTP 404",
    "500": "HTTP 500",
    "truncated": "wrong content, 20,000 bytes with sha256",
    "dies": "20000 bytes read, 30000 more expected",
    "corrupt": "wrong content, 50,000 bytes with sha256",
    "page": "wrong content, 22 bytes with sha256",
    "stalls": "no answer for 0.5 s",
    "silent": "no answer for 0.5 s",
}


@pytest.mark.parametrize("kind", FAILURES)
def test_a_bad_server_is_a_clear_error_and_leaves_nothing_behind(kind, fetch, server, tmp_path):
    start = time.monotonic()
    with pytest.raises(data.DownloadError) as caught:
        fetch(kind)
    assert time.monotonic() - start < 3
    message = str(caught.value)
    assert f"{server.url}/{kind}/f.bin: " in message
    assert FAILURES[kind] in message
    assert OFFLINE in message
    assert KNOWN_HASH in message
    assert str(tmp_path / "cache" / "f.bin") in message
    assert cached(tmp_path) == {}


def test_a_trickle_ends_at_the_limit(fetch, tmp_path):
    start = time.monotonic()
    with pytest.raises(data.DownloadError, match=r"not finished after 0\.3 s"):
        fetch("trickles", limit=0.3)
    assert time.monotonic() - start < 5
    assert cached(tmp_path) == {}


def test_nobody_there_is_a_clear_error(fetch):
    with pytest.raises(data.DownloadError, match="Connection refused"):
        fetch("http://127.0.0.1:9/f.bin")


@pytest.mark.parametrize("kind", FAILURES)
def test_the_next_mirror_helps(kind, fetch, server, tmp_path):
    assert fetch(kind, "good", "404").read_bytes() == CONTENT
    assert [path.split("/")[1] for path in server.paths] == [kind, "good"]
    assert list(cached(tmp_path)) == ["f.bin"]


def test_the_error_lists_every_mirror_in_turn(fetch):
    with pytest.raises(data.DownloadError) as caught:
        fetch("404", "corrupt", "500")
    lines = [line for line in str(caught.value).splitlines() if line.startswith("  http")]
    assert [line.split("/")[3] for line in lines] == ["404", "corrupt", "500"]


def test_a_wrong_file_in_the_cache_is_replaced(fetch, tmp_path):
    path = fetch("good")
    path.write_bytes(CONTENT[:100])
    assert fetch("good").read_bytes() == CONTENT


def test_a_wrong_file_by_hand_is_kept_but_not_used(fetch, tmp_path):
    path = tmp_path / "cache" / "f.bin"
    path.parent.mkdir()
    path.write_bytes(b"mine")
    with pytest.raises(data.DownloadError, match="was not used: wrong content, 4 bytes"):
        fetch("404")
    assert path.read_bytes() == b"mine"


def test_a_file_put_there_by_hand_needs_no_server(fetch, server, tmp_path):
    path = tmp_path / "cache" / "f.bin"
    path.parent.mkdir()
    path.write_bytes(CONTENT)
    assert fetch("404") == path
    assert server.paths == []


def test_md5_is_checked_too(fetch):
    md5 = "md5:" + hashlib.md5(CONTENT).hexdigest()
    assert fetch("good", known_hash=md5).read_bytes() == CONTENT
    with pytest.raises(data.DownloadError, match="with md5"):
        fetch("corrupt", known_hash="md5:" + "0" * 32)


def test_a_cache_that_cannot_be_written_is_a_clear_error(server, tmp_path):
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(data.DownloadError, match="cache"):
        data.fetch(
            "f.bin",
            [f"{server.url}/good"],
            known_hash=KNOWN_HASH,
            offline=OFFLINE,
            cache_dir=tmp_path / "cache",
        )


def fetch_at_once(url, folder, barrier, results):
    """In a process of its own; at module level so that it can be sent there."""
    for i in range(10):
        barrier.wait(timeout=60)
        path = data.fetch(
            f"{i}.bin", [f"{url}/slow"], known_hash=KNOWN_HASH, offline=OFFLINE, cache_dir=folder
        )
        results.put(path.read_bytes() == CONTENT)


def test_two_processes_at_once(server, tmp_path):
    """Both start on the same file at the same moment, ten times; neither sees half a file."""
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(2), context.Queue()
    arguments = (server.url, tmp_path / "cache", barrier, results)
    processes = [context.Process(target=fetch_at_once, args=arguments) for _ in range(2)]
    for process in processes:
        process.start()
    assert all(results.get(timeout=60) for _ in range(20))
    for process in processes:
        process.join(timeout=60)
    assert [process.exitcode for process in processes] == [0, 0]
    assert cached(tmp_path) == {f"{i}.bin": CONTENT for i in range(10)}
    assert len(server.paths) > 10  # or they never met


def test_the_cache_folder_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("DLBOOK_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("DLBOOK_CACHE")
    assert cache_folder().name == "dlbook"


def test_no_bar_in_ci(fetch, monkeypatch, capsys):
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    fetch("good").unlink()
    assert "f.bin" in capsys.readouterr().err
    monkeypatch.setenv("CI", "true")
    fetch("good")
    assert capsys.readouterr() == ("", "")


def idx(array):
    header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return gzip.compress(header + array.tobytes(), compresslevel=1)


@pytest.fixture
def small_mnist(server, monkeypatch):
    """Files of MNIST's lengths with images of two by two pixels, and where to get them."""
    rng = np.random.default_rng(0)
    arrays = {}
    for prefix, n in (("train", 60_000), ("t10k", 10_000)):
        arrays[f"{prefix}-images-idx3"] = rng.integers(256, size=(n, 2, 2), dtype=np.uint8)
        arrays[f"{prefix}-labels-idx1"] = rng.integers(10, size=n, dtype=np.uint8)
    server.files = {f"{name}-ubyte.gz": idx(array) for name, array in arrays.items()}
    hashes = {name: hashlib.sha256(server.files[f"{name}-ubyte.gz"]).hexdigest() for name in arrays}
    monkeypatch.setattr(_mnist, "SHA256", hashes)
    monkeypatch.setattr(_mnist, "MIRRORS", (f"{server.url}/404/", f"{server.url}/mnist/"))
    return arrays


def test_mnist(small_mnist, server, tmp_path):
    mnist = data.mnist(cache_dir=tmp_path)
    assert [len(split) for split in (mnist.train, mnist.val, mnist.test)] == [55_000, 5_000, 10_000]
    assert np.array_equal((mnist.test.X[:, 0] * 255).round(), small_mnist["t10k-images-idx3"])
    assert np.array_equal(mnist.test.y, small_mnist["t10k-labels-idx1"])
    share = mnist.train.y.bincount() * 5_000 / 55_000
    assert (mnist.val.y.bincount() - share).abs().max() < 1.5
    assert mnist.card.name == "mnist"
    server.paths.clear()
    data.mnist(cache_dir=tmp_path)
    assert server.paths == []


def test_mnist_offline_names_the_shipped_digits(small_mnist, server, tmp_path):
    server.files = dict.fromkeys(server.files, b"not this")
    with pytest.raises(data.DownloadError, match=r"dlbook\.data\.digits\(\), 10,000 digits"):
        data.mnist(cache_dir=tmp_path)


def test_mnist_names_the_published_files():
    """The sha256 of the four .gz files, and two hosts that are not each other's."""
    assert set(_mnist.SHA256) == {
        f"{prefix}-{kind}"
        for prefix in ("train", "t10k")
        for kind in ("images-idx3", "labels-idx1")
    }
    assert len({mirror.split("/")[2] for mirror in _mnist.MIRRORS}) == 2
    assert all(mirror.startswith("https://") for mirror in _mnist.MIRRORS)
