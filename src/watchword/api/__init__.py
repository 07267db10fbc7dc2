"""The faces that speak to programs."""
