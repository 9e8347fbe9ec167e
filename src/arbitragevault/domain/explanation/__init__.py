"""How it is said: facts of a decision, texts about them, and the check of their figures."""
