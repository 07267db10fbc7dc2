"""Watchword: a self-hosted second-factor server."""
