"""How we know: forecasts and choices scored against what happened."""
