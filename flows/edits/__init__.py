"""A film that is changed: what differs from the last one, takes, and what an editor holds on to."""
