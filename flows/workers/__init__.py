"""A machine that makes things for others."""
