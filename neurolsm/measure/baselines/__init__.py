"""What a model has to beat: the same readout without the liquid, and random layers of equal size."""
