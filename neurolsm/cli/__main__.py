"""``python -m neurolsm.cli``."""

from neurolsm.cli import main

main()
