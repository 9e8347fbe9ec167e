"""Amazon's fees from dated rate cards."""
