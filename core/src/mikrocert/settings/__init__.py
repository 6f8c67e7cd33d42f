"""Settings: one mikrocert.toml, overrides by environment, secrets only by reference."""

from mikrocert.settings.settings import (
    FILE,
    Archive,
    FormerOperator,
    Operator,
    PluginSettings,
    Settings,
    TrustSettings,
    Values,
    find_settings,
    load_settings,
)

__all__ = [
    "FILE",
    "Archive",
    "FormerOperator",
    "Operator",
    "PluginSettings",
    "Settings",
    "TrustSettings",
    "Values",
    "find_settings",
    "load_settings",
]
