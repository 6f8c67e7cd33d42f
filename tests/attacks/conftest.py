"""What the campaign shares: its stage, and the seed that is told so that it can be run again."""
# pyright: basic

from __future__ import annotations

import os

import pytest

from .stage import Stage, make_stage


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Return the stage; it takes two seconds."""
    return make_stage(tmp_path_factory.mktemp("stage"))


@pytest.fixture(scope="session")
def seed() -> str:
    """Return what chance begins with: the same in every run of the suite, another in every campaign."""
    return os.environ.get("ATTACKS_SEED", "0")
