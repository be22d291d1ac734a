"""The command line: what is typed, what is asked of it, and how it answers."""
