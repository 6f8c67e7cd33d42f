"""From octets to the model and back: one strict subset of JSON-LD."""
