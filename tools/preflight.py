"""Say plainly what is missing before an installation fails half-way.

Runs under any Python from 2.7 on, because an old Python is one of the things it reports.
"""

import os
import shutil
import sys

NEEDED_VERSION = (3, 11)
NEEDED_GIGABYTES = 0.5 if os.path.exists(".venv/.installed") else 4.0


def main():
    """Exit with a message where something is missing."""
    if sys.version_info < NEEDED_VERSION:
        sys.exit(
            "dlbook needs Python %d.%d or newer; this is %s (%s).\n"
            "Install a newer one and name it, for example:  make book PYTHON=python3.12"
            % (NEEDED_VERSION + (sys.version.split()[0], sys.executable))
        )
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        sys.exit(
            "This Python cannot make virtual environments. On Debian and Ubuntu:\n"
            "  sudo apt install python3-venv"
        )
    free = shutil.disk_usage(".").free / 1e9
    if free < NEEDED_GIGABYTES:
        sys.exit(
            "Only %.1f GB are free on this disk; dlbook needs %.1f GB to install and build.\n"
            "Free some space and run the same command again." % (free, NEEDED_GIGABYTES)
        )


if __name__ == "__main__":
    main()
