"""Serves a folder of script/demo and asks for one page, as script/release does with the wheels it has built."""

from __future__ import annotations

import subprocess
import sys
import urllib.request
from pathlib import Path


def main() -> None:
    """Serve, ask for the page of a credential, and hold it against what it has to say."""
    folder = Path(sys.argv[1])
    identifier = min(folder.glob("*.jsonld")).stem
    command = [
        Path(sys.executable).with_name("mikrocert"),
        "--config",
        "mikrocert.toml",
        "serve",
        "--port",
        "0",
    ]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as server:
        try:
            address = server.stdout.readline().strip() if server.stdout else ""
            with urllib.request.urlopen(f"{address}/verify/{identifier}?lang=en") as page:  # noqa: S310 - our own server
                said = page.read().decode()
        finally:
            server.terminate()
    if page.status != 200 or identifier[:4] not in said or "TEST" not in said:  # noqa: PLR2004 - HTTP
        sys.exit(f"the page of {identifier} does not show it:\n{said}")


if __name__ == "__main__":
    main()
