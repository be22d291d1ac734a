"""The words: the script format, the storyboard, and how narration is spoken."""
