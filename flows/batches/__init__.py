"""Many films at once: from tables, folders, topics, or an inbox that is watched."""
