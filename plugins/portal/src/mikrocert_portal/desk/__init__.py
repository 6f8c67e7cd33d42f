"""The desk: where people of institutions sign in, send what is to be issued, and look after what was."""
