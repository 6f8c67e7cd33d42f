"""The plugin host: hooks, registries, loading."""
