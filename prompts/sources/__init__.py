"""Documents to make films from, read."""
