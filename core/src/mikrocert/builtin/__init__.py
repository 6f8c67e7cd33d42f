"""What the core itself offers, as a plugin like any other."""
