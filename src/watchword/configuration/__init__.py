"""Changes the rules of the house: settings, realms, resolvers, policies; carries them as one document."""
