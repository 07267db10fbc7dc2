"""Measures log-ins against the limits of this machine: everything in one run, every figure also as a ratio."""
