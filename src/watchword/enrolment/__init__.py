"""Hands out tokens, changes them, moves them, takes them back; imports people."""
