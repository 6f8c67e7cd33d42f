"""A university whose exports are canonical JSON, and an intake of its own that crashes at a record that says so."""
