"""The service: issuing and verifying, and the system that both run in."""
