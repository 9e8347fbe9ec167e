"""Use cases: they own transactions and say in which order things happen."""
