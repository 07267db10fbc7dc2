"""Brings messages to people: over which provider, within which bounds, and what became of them."""
