"""What every bit means: the NumPy reference that all backends are judged against."""

from neurolsm.semantics.reference import ReferenceBackend, ReferenceSimulator

__all__ = ["ReferenceBackend", "ReferenceSimulator"]
