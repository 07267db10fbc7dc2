"""Watchword: a self-hosted second-factor server."""

__version__ = "0.1.0"
