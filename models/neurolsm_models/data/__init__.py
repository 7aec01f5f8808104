"""Loaders of published data sets, from their official files."""
