"""Captions: from words and their times to cues, to files, and to letters in the picture."""
