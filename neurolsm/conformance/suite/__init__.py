"""What every backend must pass, as pytest modules.

    pytest --neurolsm-backend NAME[:VARIANT] [--neurolsm-cases N] --pyargs neurolsm.conformance.suite

Programs written by hand with traces that a pencil can check, random programs against the NumPy reference, streams cut
in pieces, states moved between backends, wrong inputs. What a backend cannot do it lists in its attribute
``unsupported``: a feature (see ``subject.FEATURES``), or ``variant:feature``, and the reason in a sentence. The tests of it
are skipped with that reason, and the suite checks that the backend refuses what it lists instead of running it wrong.
"""
