"""The log-in of people, shared by all faces: the steps, and the pages that lead through them."""
