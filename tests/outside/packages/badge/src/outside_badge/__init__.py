"""A second format, toy-badge, and the envelope detached that secures it."""
