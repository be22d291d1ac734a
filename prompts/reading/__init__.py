"""Scripts as they are read: Markdown, plain text, JSON and YAML, with the line of everything."""
