"""EMREX ELMO for mikrocert: an intake that reads what systems of universities say of one learner's studies."""
