"""The command line: `mikrocert issue | verify | copy | show | revoke | renew | acts | doctor | plugins | schema` and the groups that plugins add.

Exit codes: `verify` 0 valid, 1 invalid, 2 undetermined, 3 unusable; `issue` 0 all accepted, 1 some refused, 3 input
unusable; `doctor` 0 all well, 1 something to do; `institution` and `key`
1 refused, `institution conform` 1 something is missing; everywhere 64 wrong usage, 69 a needed service or archive failed or the answer can't be written, 70 a bug, 78 wrong settings or plugins,
130 stopped by hand, 141 whoever read the answer closed it before its end.
"""

from __future__ import annotations

import gc
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
    CLOSED = 141


def main() -> None:
    """Run the program that the command line asks for, and exit with its code.

    A command runs in a process of its own, so that nothing but its complete answer gives exit code 0; what only shows help
    or the version gives no verdict and is spared that.
    """
    arguments = sys.argv[1:]
    if arguments in _HARMLESS:
        gc.disable()  # it is over before anything is worth collecting
    from mikrocert.cli.app import answer, ended_early, unanswerable  # noqa: PLC0415 - so that importing this package stays cheap
    from mikrocert.cli.output import take_streams  # noqa: PLC0415

    if not take_streams():
        sys.exit(unanswerable(arguments))
    if arguments in _HARMLESS:
        sys.exit(answer(arguments))
    from mikrocert.cli.completion import INCOMPLETE, completed  # noqa: PLC0415

    code = completed(lambda: answer(arguments), bug=ExitCode.BUG)
    sys.exit(ended_early(arguments) if code == INCOMPLETE else code)


_HARMLESS: tuple[list[str], ...] = ([], ["--help"], ["--version"])
