"""Help: pages about micro-credentials and this service, and a search over them."""
