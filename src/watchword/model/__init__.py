"""The nouns: user, token, policy, attempt, outcome. Frozen; they know no web and no database."""
