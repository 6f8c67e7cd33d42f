"""The public catalogue: pages for people, and the same as JSON, linked data and feeds for programs."""
