"""From a script to all that must be made: read, checked and planned."""
