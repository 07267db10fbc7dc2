"""One file a provider; nobody imports from here."""
