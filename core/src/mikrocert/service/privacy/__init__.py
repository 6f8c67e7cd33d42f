"""Privacy: what is held of a person, and what is forgotten."""
