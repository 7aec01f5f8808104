"""What `neurolsm run` runs: models (one task each, as data) and tasks with a protocol of their own."""
