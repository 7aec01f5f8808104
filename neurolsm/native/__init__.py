"""Simulations that a compiler builds: a cache that content names, commands with a deadline, and processes that answer in arrays.

Nothing here knows what is built; the backends that generate sources do.
"""
