"""The decision engine for people who buy goods in one place and sell them on Amazon."""
