"""A signer: a card that is unlocked once a session and signs as many as it is given."""
