"""Measures how fast and how well films are put together."""
