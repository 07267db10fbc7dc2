"""What happened, each row bound to its content by a keyed hash."""
