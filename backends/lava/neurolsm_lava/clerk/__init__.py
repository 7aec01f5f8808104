"""The clerk as a Lava process. Lava executes every file of this folder at each compilation, so it holds nothing else."""
