"""How often is too often: for guesses at one person's factors."""
