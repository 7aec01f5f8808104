"""Results as pages: one file of HTML each, with everything in it, which needs no network and no other file."""
