"""A finished film on its way: its folder, where it is copied to, and who is told."""
