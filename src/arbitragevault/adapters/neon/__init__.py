"""Neon: the control plane that keeps branches of the production database."""
