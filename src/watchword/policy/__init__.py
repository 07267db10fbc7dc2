"""Asks the rules of the house; LinOTP's notation is read here."""
