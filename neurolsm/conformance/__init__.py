"""The proof of agreement that core ships: random programs, and a pytest plugin that any backend can run."""
