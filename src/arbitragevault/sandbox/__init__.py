"""A Keepa-compatible HTTP server: a simulated marketplace, or recordings replayed."""
