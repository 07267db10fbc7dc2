"""Asks SQL databases of others: where they are, what their tables hold, and what went wrong."""
