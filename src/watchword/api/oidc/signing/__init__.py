"""The log-in for applications: which method of authentication a request gets, and the pages that lead through it."""
