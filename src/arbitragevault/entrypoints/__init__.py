"""Doors, thin: the HTTP API and the command line."""
