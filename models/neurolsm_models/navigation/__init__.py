"""``navigation``: a robot in a 2-D world that learns its way on the chip, by reward alone. The card is ``navigation.md``.

Importing this package registers its worlds: ``gymnasium.make("neurolsm_models.navigation:neurolsm/Rooms-v0")``.
"""

from neurolsm_models.navigation.registration import register

register()
