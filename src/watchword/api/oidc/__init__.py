"""The OpenID provider: applications ask who somebody is, and how surely that is known."""
