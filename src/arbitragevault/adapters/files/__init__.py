"""Lead files in, exports out."""
