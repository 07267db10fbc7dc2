"""Changes the rules of the house: settings, realms, resolvers, providers, policies; carries them as one document."""
