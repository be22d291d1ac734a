"""The picture: a timeline in integer frames becomes segments, an MP4, captions; and is checked."""
