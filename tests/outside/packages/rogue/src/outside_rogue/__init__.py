"""One offer of every kind; where `ROGUE=place:deed` says so, it does something that no plugin should."""
