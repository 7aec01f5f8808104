"""Running a Program: the backend interface and its registry, recordings, comparison."""
