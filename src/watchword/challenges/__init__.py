"""Asks, remembers what was asked, and forgets in time."""
