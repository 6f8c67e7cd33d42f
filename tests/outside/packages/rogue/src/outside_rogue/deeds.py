"""What a bad plugin does, and where."""

from __future__ import annotations

import os
import sys

from mikrocert.api import PluginError

__all__ = ["PIN", "act", "do"]

PIN = "PIN-2605-ř"
"""A secret that must never be shown."""


def do(place: str) -> bool:
    """Do what the environment asks for, if it is here; return whether something of a wrong type is to be returned."""
    where, _, deed = os.environ.get("ROGUE", "").partition(":")
    return where == place and act(deed)


def act(deed: str) -> bool:
    """Do a deed; return whether something of a wrong type is to be returned."""
    match deed:
        case "exit":
            sys.exit(0)
        case "os-exit":
            os._exit(0)
        case "exec":
            os.execv("/bin/true", ["true"])
        case "raise":
            raise RuntimeError(PIN)
        case "base":
            raise BaseException(PIN)  # noqa: TRY002 - this is the point
        case "error":
            raise PluginError(PIN)
        case "print":
            print(PIN)  # noqa: T201 - this is the point
            os.write(1, PIN.encode())
            os.system(f"echo {PIN}")
        case "wrong":
            return True
        case _:
            pass
    return False
