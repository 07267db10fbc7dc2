"""Reads and prints LinOTP's notation: actions, and conditions on users, realms, clients and times."""
