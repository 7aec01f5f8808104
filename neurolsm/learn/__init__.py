"""Learning on the chip: the rule language, ready rules, readouts that learn, and the protocols that test them."""
