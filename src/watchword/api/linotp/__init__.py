"""LinOTP's dialect: its paths, envelope, numbers and oddities, which stop at this door."""
