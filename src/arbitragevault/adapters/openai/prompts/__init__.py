"""Prompt files; a changed prompt is a new file with the next version in its name."""
