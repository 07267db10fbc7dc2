"""LinOTP's ``/userservice``: people look after their own tokens."""
