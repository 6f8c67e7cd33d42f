"""European Digital Credentials v3: builds, reads and validates credentials of the European Learning Model."""
