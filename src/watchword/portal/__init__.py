"""Where people look after their own tokens."""
