"""Memory stays flat over thousands of pictures and certificates: what a library keeps for each of them would show."""
# pyright: basic

from __future__ import annotations

import json

import pytest

WARM = 0.05
"""The share of all awards after which all that is kept for good is there: fonts, templates, caches of libraries."""
MEGABYTES = 25
"""By how much the process may have grown in the end; a leak of 13 kB for each would show."""

RENDERERS = {
    "typst": ("mikrocert_render_typst.renderer", "TypstRenderer"),
    "weasyprint": ("mikrocert_render_pdf.renderer", "WeasyPrintRenderer"),
}

DRAWING = """
    import gc, importlib, json, sys
    from pathlib import Path

    import attrs
    from mikrocert.api import Attachment, Branding, Texts, certificates_of, front_of
    from mikrocert.testing import example_view

    def megabytes():
        gc.collect()
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20

    module, name, what = sys.argv[1:4]
    awards, warm = map(int, sys.argv[4:])
    texts, renderer = Texts(), getattr(importlib.import_module(module), name)()
    letters, sizes = "ABCČDĎEFGHIJKLMNŇOPRŘSŠTŤUÚVWXYZŽ", []
    for number in range(awards):
        name = "".join(letters[(number * step) % len(letters)] for step in (1, 3, 7, 11, 13))
        view = attrs.evolve(example_view(), test=number % 2 == 0, holder=f"{name.title()} Ďuriš {number}")
        if what == "pictures":
            front = front_of(view, language=("cs", "en")[number % 2], texts=texts)
            renderer.pages(front, branding=Branding())
        else:
            file = Attachment("x.jsonld", bytes([number % 256]) * 100_000, "application/ld+json")
            certificates = certificates_of(view, texts=texts, file=file.name)
            renderer.document(certificates, attachment=file, branding=Branding())
        if number == warm or number == awards - 1 or number % 250 == 0:
            sizes.append((number, round(megabytes(), 1)))
    print(json.dumps(sizes))
"""


@pytest.mark.parametrize("awards", [6, pytest.param(2_000, marks=pytest.mark.long)])
@pytest.mark.parametrize("what", ["pictures", "certificates"])
@pytest.mark.parametrize("renderer", RENDERERS.values(), ids=RENDERERS)
def test_memory_stays_flat(new_python, record_property, renderer, what, awards):
    """What a process has after a hundred awards, it has after two thousand, within what all of them share."""
    warm = int(awards * WARM)
    sizes = dict(json.loads(new_python(DRAWING, *renderer, what, awards, warm).splitlines()[0]))
    record_property("megabytes", sizes)
    assert sizes[awards - 1] - sizes[warm] < MEGABYTES, sizes
