"""Use: what a holder takes of a micro-credential to other places, each made from a view and an address; nothing is fetched or kept."""
