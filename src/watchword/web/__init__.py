"""Shared by all faces: sessions, the client's address, request parameters."""
