"""How well a model does: splits, mean and standard deviation, and whole experiments from data to figures."""
