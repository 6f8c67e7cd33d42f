"""The wallet: where people who sign in gather their micro-credentials by their holder's links. There is none unless the operator offers it."""
