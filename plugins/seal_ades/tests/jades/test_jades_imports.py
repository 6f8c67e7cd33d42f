"""The inner packages stand alone."""

import pytest


@pytest.mark.parametrize("package", ["pki", "jades"])
def test_imports_nothing_of_mikrocert(new_python, package: str) -> None:
    """Importing jades or pki and all its modules brings in no module of mikrocert, nor the rest of the plugin."""
    program = (
        f"import importlib, pkgutil, sys, mikrocert_seal_ades.{package} as package\n"
        "[importlib.import_module(f'{package.__name__}.{m.name}') for m in pkgutil.iter_modules(package.__path__)]\n"
        "print(*[name for name in sys.modules if name.partition('.')[0].startswith('mikrocert')])"
    )
    loaded = new_python(program).split()
    assert len(loaded) > 5
    alone = ("mikrocert_seal_ades.pki.", "mikrocert_seal_ades.jades.")
    assert [name for name in loaded if not f"{name}.".startswith(alone)] == ["mikrocert_seal_ades"]
