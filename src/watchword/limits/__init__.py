"""How often is too often: for guesses at one person's factors, and for messages that others have us bring."""
