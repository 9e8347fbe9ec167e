"""Keepa's HTTP API."""
