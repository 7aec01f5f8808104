"""Liquid State Machines on neuromorphic hardware: describe once, lower once, run bit for bit alike anywhere."""

__version__ = "0.1.0"
