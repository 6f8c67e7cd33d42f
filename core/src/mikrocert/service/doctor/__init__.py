"""The doctor: what is wrong with what an operator has set up."""
