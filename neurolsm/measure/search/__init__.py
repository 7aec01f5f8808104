"""Searching for better settings, on validation data alone, with a journal that a search goes on from."""
