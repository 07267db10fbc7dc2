"""Hands out tokens, moves them, replaces lost ones, takes them back."""
