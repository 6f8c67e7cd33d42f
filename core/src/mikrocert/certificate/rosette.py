"""The rosette on a certificate: a guilloche drawn from the identifier.

Decoration: it proves nothing, it only makes every certificate look like no other.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from math import cos, gcd, pi, sin
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["rosette"]

_RADIUS = 100.0
_RIM = 94.0
_FINE_BANDS = 2
_KEPT = 8


@attrs.frozen
class _Band:
    """A ring filled by one closed curve that runs around `turns` times and swings between two radii."""

    inner: float
    outer: float
    swings: int
    turns: int

    def grown(self, factor: float) -> _Band:
        """Return the same ring, larger."""
        return attrs.evolve(self, inner=self.inner * factor, outer=self.outer * factor)

    def path(self) -> str:
        """Return the curve as SVG path data: cubic Bézier pieces, four to a swing."""
        middle, amplitude = (self.inner + self.outer) / 2, (self.outer - self.inner) / 2
        pieces = self.swings * 4
        step = 2 * pi * self.turns / pieces
        ratio = self.swings / self.turns

        def at(angle: float) -> tuple[float, float, float, float]:
            radius = middle + amplitude * cos(ratio * angle)
            slope = -amplitude * ratio * sin(ratio * angle)
            x, y = radius * sin(angle), -radius * cos(angle)
            return x, y, slope * sin(angle) + radius * cos(angle), -slope * cos(angle) + radius * sin(angle)

        def curve() -> Iterator[str]:
            x, y, dx, dy = at(0.0)
            yield f"M{x:.1f} {y:.1f}"
            for number in range(1, pieces + 1):
                x2, y2, dx2, dy2 = at(number * step)
                yield (
                    f"C{x + dx * step / 3:.1f} {y + dy * step / 3:.1f} "
                    f"{x2 - dx2 * step / 3:.1f} {y2 - dy2 * step / 3:.1f} {x2:.1f} {y2:.1f}"
                )
                x, y, dx, dy = x2, y2, dx2, dy2
            yield "Z"

        return "".join(curve())


def _coprime(turns: int, around: int) -> int:
    """Return the number nearest to `around` from above that lets the curve close only after all turns."""
    return next(n for n in range(around, around + turns + 1) if gcd(n, turns) == 1)


def _bands(seed: bytes) -> Iterator[_Band]:
    rim = 74 + seed[0] % 7
    belt = 40 + seed[1] % 8
    core = 12 + seed[2] % 5
    yield _Band(rim, _RIM, _coprime(5, 62 + seed[3] % 26), 5)
    yield _Band(belt, rim - 4.0, _coprime(5, 38 + seed[4] % 20), 5)
    yield _Band(core, belt - 4.0, _coprime(3, 17 + seed[5] % 11), 3)
    yield _Band(3.0, core - 3.0, 6 + seed[6] % 6, 1)


@lru_cache(_KEPT)
def rosette(seed: str, *, colour: str, outlined: bool = False, fine: bool = True) -> str:
    """Return the rosette as an SVG document, square, without margin.

    Args:
        seed: what it is drawn from; the same seed gives the same octets.
        colour: `#RRGGBB` of the disc or, if outlined, of the lines.
        outlined: whether it is a dashed outline with coloured lines on white, as on tests.
        fine: whether it has the outer rings, whose lines are too fine for the points of a small picture; without them
            the inner ones fill the disc.
    """
    bands, width = tuple(_bands(sha256(seed.encode()).digest())), 0.8
    if not fine:
        growth = _RIM / bands[_FINE_BANDS].outer
        bands, width = tuple(band.grown(growth) for band in bands[_FINE_BANDS:]), width * growth
    paths = "".join(f'<path d="{band.path()}"/>' for band in bands)
    disc = (
        f'<circle r="98.9" fill="none" stroke="{colour}" stroke-width="1.1" stroke-dasharray="4.2 2.6"/>'
        if outlined
        else f'<circle r="{_RADIUS:g}" fill="{colour}"/>'
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-100 -100 200 200" width="200" height="200">'
        f'{disc}<g fill="none" stroke="{colour if outlined else "#FFFFFF"}" stroke-width="{width:.1f}">{paths}</g></svg>'
    )
