"""The inner package stands alone."""

import subprocess
import sys


def test_imports_nothing_of_mikrocert() -> None:
    """Importing jades and all its modules brings in no module of mikrocert, nor the rest of the plugin."""
    program = (
        "import importlib, pkgutil, sys, mikrocert_seal_ades.jades as jades\n"
        "[importlib.import_module(f'{jades.__name__}.{module.name}') for module in pkgutil.iter_modules(jades.__path__)]\n"
        "print(*[name for name in sys.modules if name.partition('.')[0].startswith('mikrocert')])"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    assert len(loaded) > 10
    assert [name for name in loaded if not f"{name}.".startswith("mikrocert_seal_ades.jades.")] == [
        "mikrocert_seal_ades"
    ]
