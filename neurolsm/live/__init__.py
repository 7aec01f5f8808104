"""A page on which a liquid works while one watches: ``neurolsm live``. docs/howto/watch.md tells how it is used.

    page (browser) -- messages.py -- room.py: who writes, who watches -- world.py: the deployment, on one thread

``messages`` reads what a page sends, ``room`` puts it in a queue and hands out what comes back, ``world`` does it. Next to the drawings
runs one ``stream`` of a source in ``feeds``: a ``series`` that is forecast, or the samples of ``gas``. ``server`` and
``serve`` put that on a port of this machine; they alone need the extra ``neurolsm[live]``.
"""
