"""Files of other projects that the site and its tests need: pinned, verified, committed.

python tools/vendor.py          fetches the packages with npm and writes the files
python tools/vendor.py --check  fails where a committed file differs from what was fetched

To move to another release, change its version and integrity below and run it without --check.
"""

import base64
import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent.parent
SUMS = ROOT / "tools" / "vendor.sha256"
SITE = PurePosixPath("book/_static/vendor")


@dataclass(frozen=True)
class Package:
    """A release on npm: what it must hash to, and which of its files go where.

    Attributes
    ----------
    spec : str
        Name and version, as npm writes them.
    integrity : str
        SHA-512 of the package in base64, as npm's lock files give it.
    target : PurePosixPath
        The folder for its files, from the root of the project.
    files : tuple of str
        Patterns of paths inside the package; a license is always among them.
    strip : str
        What is taken off the front of those paths.
    """

    spec: str
    integrity: str
    target: PurePosixPath
    files: tuple[str, ...]
    strip: str = ""


PACKAGES = [
    Package(
        "mathjax@3.2.2",
        "Bt+SSVU8eBG27zChVewOicYs7Xsdt40qm4+UpHyX7k0/O9NliPc+x77k1/FEsPsjKPZGJvtRZM1vO+geW0OhGw==",
        SITE / "mathjax",
        (
            "LICENSE",
            "es5/tex-chtml.js",
            "es5/input/tex/extensions/*.js",  # loaded when a page first uses their commands
            "es5/output/chtml/fonts/woff-v2/*.woff",
        ),
        strip="es5/",
    ),
    Package(
        "@fontsource-variable/source-serif-4@5.3.1",
        "4Rtay22SC4lMvw11r/+9kxANB6P3M0X8s1NudBC2v0J1KU2y3DcMoNcT3lBoZ/CqLirzf+StlO6UlJilyrvaUg==",
        SITE / "source-serif-4",
        ("LICENSE", "files/source-serif-4-latin-wght-*.woff2"),
        strip="files/",
    ),
    Package(
        "axe-core@4.14.1",
        "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
        PurePosixPath("tests/vendor/axe-core"),
        ("LICENSE", "axe.min.js"),
    ),
]


def fetch(package: Package) -> bytes:
    """Return the package as npm delivers it, or raise if it is not the one that was pinned."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["npm", "pack", "--silent", "--pack-destination", folder, package.spec],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        [archive] = Path(folder).iterdir()
        content = archive.read_bytes()
    verify(package, content)
    return content


def verify(package: Package, content: bytes) -> None:
    """Raise ValueError unless the package has the hash that was pinned."""
    received = base64.b64encode(hashlib.sha512(content).digest()).decode()
    if received != package.integrity:
        raise ValueError(
            f"{package.spec}: expected sha512-{package.integrity}, received sha512-{received}"
        )


def extract(package: Package, content: bytes) -> dict[str, bytes]:
    """Return the wanted files: path from the project's root -> content."""
    files = {}
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        for member in archive.getmembers():
            path = member.name.removeprefix("package/")
            if not member.isfile() or not any(fnmatch(path, p) for p in package.files):
                continue
            target = package.target / path.removeprefix(package.strip)
            files[str(target)] = archive.extractfile(member).read()  # type: ignore[union-attr]
    unmatched = [
        pattern
        for pattern in package.files
        if not any(
            fnmatch(path, str(package.target / pattern.removeprefix(package.strip)))
            for path in files
        )
    ]
    if unmatched:
        raise ValueError(f"{package.spec} has no file that matches {', '.join(unmatched)}")
    return files


def committed(root: Path = ROOT) -> dict[str, str]:
    """Return path -> SHA-256 of every file in the folders that this tool writes."""
    folders = {root / package.target for package in PACKAGES}
    paths = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
    }


def differences(root: Path = ROOT, sums: Path = SUMS) -> list[str]:
    """List the vendored files that are missing, changed, or of unknown origin."""
    lines = sums.read_text(encoding="utf-8").splitlines()
    expected = {path: digest for digest, path in (line.split("  ", 1) for line in lines)}
    received = committed(root)
    return sorted(path for path in expected | received if expected.get(path) != received.get(path))


def update(root: Path = ROOT, sums: Path = SUMS) -> None:
    """Fetch every package, replace its files, and write down their hashes."""
    fetched = {}
    for package in PACKAGES:
        fetched |= extract(package, fetch(package))
        print(f"fetched and verified {package.spec}")
    for path in set(committed(root)) - set(fetched):
        (root / path).unlink()
    for path, content in fetched.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    lines = [f"{digest}  {path}\n" for path, digest in sorted(committed(root).items())]
    sums.write_text("".join(lines), encoding="utf-8")


def main(arguments: list[str]) -> None:
    """Run the command line."""
    if arguments == ["--check"]:
        if wrong := differences():
            raise SystemExit("not as fetched: " + ", ".join(wrong))
        print("vendored files are as they were fetched")
    elif not arguments:
        update()
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
