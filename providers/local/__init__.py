"""Engines on this machine: voices, recognisers, aligners, and models that draw, kept warm."""
