"""Vendored files: only what was pinned gets in, and what was changed is seen."""

import base64
import hashlib
import io
import shutil
import tarfile
from dataclasses import replace
from pathlib import PurePosixPath

import pytest
import vendor


def package_of(files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    content = buffer.getvalue()
    integrity = base64.b64encode(hashlib.sha512(content).digest()).decode()
    wanted = ("LICENSE", "dist/*.js")
    target = PurePosixPath("some/where")
    return vendor.Package("a@1", integrity, target, wanted, strip="dist/"), content


FILES = {"LICENSE": b"free", "dist/a.js": b"1", "dist/a.css": b"2", "README": b"3"}


def test_extracts_only_the_wanted_files():
    package, content = package_of(FILES)
    assert vendor.extract(package, content) == {
        "some/where/LICENSE": b"free",
        "some/where/a.js": b"1",
    }


def test_rejects_a_package_without_a_wanted_file():
    package, content = package_of({"LICENSE": b"free"})
    with pytest.raises(ValueError, match=r"no file that matches dist/\*\.js"):
        vendor.extract(package, content)


def test_rejects_a_package_that_is_not_the_pinned_one():
    package, content = package_of(FILES)
    vendor.verify(package, content)
    with pytest.raises(ValueError, match="expected sha512"):
        vendor.verify(replace(package, integrity="another"), content)


def test_committed_files_are_as_fetched():
    assert vendor.differences() == []


@pytest.mark.parametrize("damage", ["change", "remove", "add"])
def test_sees_damage(tmp_path, damage):
    for package in vendor.PACKAGES:
        shutil.copytree(vendor.ROOT / package.target, tmp_path / package.target)
    victim = tmp_path / vendor.PACKAGES[0].target / "LICENSE"
    if damage == "change":
        victim.write_text("mine")
    elif damage == "remove":
        victim.unlink()
    else:
        victim = victim.with_name("extra.js")
        victim.write_text("1")
    assert vendor.differences(tmp_path) == [victim.relative_to(tmp_path).as_posix()]
