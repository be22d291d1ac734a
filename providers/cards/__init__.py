"""Cards: words, figures and pictures drawn on this machine, in a theme."""
