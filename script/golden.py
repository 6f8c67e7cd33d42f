"""Draws the pictures of tests/golden anew, of the renderers that are named or of all."""

from __future__ import annotations

import sys
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "tests/golden"
sys.path.insert(0, str(FOLDER))

from cases import CASES, RENDERERS, drawn, opened  # noqa: E402 - they are beside the tests


def main() -> None:
    """Draw, and say what was drawn."""
    for title in sys.argv[1:] or RENDERERS:
        (FOLDER / title).mkdir(exist_ok=True)
        with opened(title) as renderer:
            for name, case in CASES.items():
                for number, picture in drawn(renderer, case):
                    path = FOLDER / title / f"{name.replace(' ', '-')}-{number}.png"
                    picture.save(path, optimize=True)
                    print(path.relative_to(FOLDER))


if __name__ == "__main__":
    main()
