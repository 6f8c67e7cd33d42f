"""Authorities that make the seals of PDFs last, and a seal with their certificate."""

import importlib.util
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import pytest
from mikrocert_seal_ades import pades
from mikrocert_seal_ades.pki.algorithms import ALGORITHMS, sign

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def _beside(folder: str) -> Any:
    """Return the module with the authorities of other tests: they are the same for JSON and for PDFs."""
    path = Path(__file__).parents[1] / folder / "conftest.py"
    spec = importlib.util.spec_from_file_location(f"_{folder}_of_other_tests", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


certify = _beside("jades").certify


@attrs.frozen
class Lasting:
    """Time-stamp authority, responder and lists in process, and a seal below them; `there` can be made to lie."""

    there: Any
    make_pdf: Callable[..., bytes]

    def sources(self, **more: Any) -> Any:
        return self.there.sources(**more)

    def sealed(self, content: bytes = b"{}", *, stamped: bool = True, pdf: bytes | None = None) -> bytes:
        """Return a PDF with this file inside, sealed at B-B, with room for a time stamp or without."""
        chain = (self.there.seal.der, self.there.ca.der, self.there.root.der)
        prepared = pades.prepare(
            pdf or self.make_pdf(("ř.jsonld", content)),
            certificates=chain,
            algorithm="ES256",
            at=self.there.clock,
            stamped=stamped,
        )
        signature = sign(prepared.to_be_signed, algorithm=ALGORITHMS["ES256"], key=self.there.seal.key)
        return pades.finish(prepared, signature=signature)

    def raised(self, level: str = "B-LTA", **more: Any) -> bytes:
        """Return such a PDF, raised to a level."""
        return pades.extend(self.sealed(**more), level=level, sources=self.sources())  # type: ignore[arg-type]


@pytest.fixture
def lasting(make_pdf: Callable[..., bytes]) -> Lasting:
    """Return authorities whose clock starts at a fixed time and that tell the truth so far."""
    return Lasting(_beside("jades").Authorities.at(NOW), make_pdf)


@pytest.fixture(scope="session")
def lasting_once(make_pdf: Callable[..., bytes]) -> Lasting:
    """Return the same for all tests that only read."""
    return Lasting(_beside("jades").Authorities.at(NOW), make_pdf)


@pytest.fixture(scope="session")
def lta(lasting_once: Lasting) -> bytes:
    """Return a PDF of level B-LTA."""
    return lasting_once.raised()
