"""Draws the verification page and the certificate of one credential of the demo for the README."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "build/demo"
IMAGES = ROOT / "docs/images"
AWARD = ("mu", "MU-FI-2026-0117")
LARGEST = 200_000


def identifier() -> str:
    """Return the identifier of the award that is shown."""
    from mikrocert.service.system import open_system  # noqa: PLC0415
    from mikrocert.settings import load_settings  # noqa: PLC0415

    with open_system(load_settings(DEMO / "mikrocert.toml")) as system:
        archived = system.archive.find_award(*AWARD) if system.archive else None
    if archived is None:
        sys.exit(f"the demo has no award {AWARD[1]}; run script/demo again")
    return archived.registration.identifier


@contextmanager
def portal() -> Iterator[str]:
    """Serve the demo and yield its address."""
    program = Path(sys.executable).with_name("mikrocert")
    command = [str(program), "--config", "mikrocert.toml", "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=DEMO, stdout=subprocess.PIPE, text=True) as server:
        try:
            line = server.stdout.readline() if server.stdout else ""
            yield line.split()[-1]
        finally:
            server.terminate()


def page(address: str) -> bytes:
    """Return a picture of the upper part of a verification page, as a person with a common screen sees it."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    chromium = (
        os.environ.get("MIKROCERT_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        view = browser.new_page(viewport={"width": 1280, "height": 960})
        view.goto(address)
        shot = view.screenshot()
        browser.close()
    return shot


def certificate(file: Path) -> bytes:
    """Return a picture of the first page of a certificate."""
    import pypdfium2  # noqa: PLC0415

    picture = BytesIO()
    with pypdfium2.PdfDocument(file) as document:
        document[0].render(scale=1.4).to_pil().save(picture, "PNG")
    return picture.getvalue()


def save(picture: bytes, name: str) -> None:
    """Write a picture with as many colours as it needs and as fit into the size allowed."""
    from PIL import Image  # noqa: PLC0415

    image = Image.open(BytesIO(picture)).convert("RGB")
    for colours in (256, 64, 32):
        small = BytesIO()
        image.quantize(colours, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
        if small.tell() <= LARGEST:
            break
    else:
        sys.exit(f"{name} is larger than {LARGEST} octets")
    IMAGES.mkdir(exist_ok=True)
    (IMAGES / name).write_bytes(small.getvalue())
    print(f"written: docs/images/{name}, {small.tell() // 1000} kB")


def main() -> None:
    """Draw both."""
    shown = identifier()
    with portal() as address:
        save(page(f"{address}/verify/{shown}?lang=en"), "page.png")
    save(certificate(DEMO / f"{shown}.pdf"), "certificate.png")


if __name__ == "__main__":
    main()
