"""Finds people: realms in order, resolvers/ one file each."""
