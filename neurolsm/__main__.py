"""``python -m neurolsm``."""

from neurolsm.cli import main

if __name__ == "__main__":
    main()
