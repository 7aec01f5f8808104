"""What every backend must pass, as pytest modules.

    pytest --neurolsm-backend NAME[:VARIANT] [--neurolsm-cases N] --pyargs neurolsm.conformance.suite

Programs written by hand with traces that a pencil can check, random programs against the NumPy reference, streams cut
in pieces, states moved between backends, wrong inputs. ``-m nightly`` runs many more random programs. What a backend
cannot do it lists with the reason in ``unsupported`` (see ``subject.FEATURES``); the tests of it are skipped with that
reason, and the suite checks that the backend refuses what it lists instead of running it wrong.
"""
