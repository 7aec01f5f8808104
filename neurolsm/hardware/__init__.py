"""What a program takes on the chip: limits, placement, resources, energy."""
