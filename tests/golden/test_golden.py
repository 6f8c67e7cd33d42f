"""Certificates look as they did when somebody last looked at them: `script/golden` draws the kept pictures anew."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
from PIL import Image

HERE = Path(__file__).parent
NEAR = 40
"""Of 255 greys; another word on a line makes 90 and more."""


def _cases():
    spec = importlib.util.spec_from_file_location("golden_cases", HERE / "cases.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["golden_cases"] = module
    spec.loader.exec_module(module)
    return module


cases = _cases()


@pytest.fixture(scope="module", params=cases.RENDERERS)
def renderer(request):
    with cases.opened(request.param) as made:
        yield request.param, made


@pytest.mark.system
@pytest.mark.parametrize("name", cases.CASES)
def test_it_looks_as_it_did(renderer, name):
    """Page by page, at 100 dpi; where a page differs, `script/golden` shows how it looks now."""
    title, made = renderer
    case = cases.CASES[name]
    for number, picture in cases.drawn(made, case):
        kept = HERE / title / f"{name.replace(' ', '-')}-{number}.png"
        assert kept.is_file(), f"{kept.name} is not kept; script/golden draws it"
        assert cases.farthest(picture, Image.open(kept)) <= NEAR, kept.name


@pytest.mark.system
@pytest.mark.parametrize("title", cases.RENDERERS)
def test_what_differs_is_noticed(title):
    """Another case, and the same one moved by two millimetres, is far from what is kept."""
    usual, test = (Image.open(HERE / title / f"{name}-1.png").convert("L") for name in ("usual", "test"))
    assert cases.farthest(usual, test) > NEAR
    moved = Image.new("L", usual.size, 255)
    moved.paste(usual, (0, 8))
    assert cases.farthest(usual, moved) > NEAR
