"""Shared by faces for administrators: their rights, and which tokens and people they may see."""
