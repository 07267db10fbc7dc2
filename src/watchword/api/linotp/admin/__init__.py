"""LinOTP's ``/admin`` calls on tokens, and ``/api/v2/tokens``."""
