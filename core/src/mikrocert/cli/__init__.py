"""The command line: `mikrocert issue | verify | show | revoke | plugins | schema` and the groups that plugins add.

Exit codes: `verify` 0 valid, 1 invalid, 2 undetermined, 3 unusable; `issue` 0 all accepted, 1 some refused, 3 input
unusable; everywhere 64 wrong usage, 69 a needed service or archive failed, 70 a bug, 78 wrong settings or plugins,
130 stopped by hand.
"""

from __future__ import annotations

import sys

__all__ = ["ExitCode", "main"]


class ExitCode:
    """Exit codes by name."""

    VALID = ACCEPTED = 0
    INVALID = SOME_REFUSED = 1
    UNDETERMINED = 2
    UNUSABLE = 3
    USAGE = 64
    UNAVAILABLE = 69
    BUG = 70
    SETTINGS = 78
    STOPPED = 130


def main() -> None:
    """Run the program that the command line asks for."""
    from mikrocert.cli.app import run  # noqa: PLC0415 - so that importing this package stays cheap

    sys.exit(run(sys.argv[1:]))
