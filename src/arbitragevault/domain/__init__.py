"""Pure rules: what a listing is, what happened, what it costs, what to do, how we know."""
