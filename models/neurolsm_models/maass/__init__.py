"""``maass``: the column of Maass, Natschlaeger and Markram on two of its published tasks. The card ``maass.md`` has the results."""

from neurolsm_models.maass.task import TASK

__all__ = ["TASK"]
