"""Brings codes that others made, over our providers, and hears what became of messages."""
