"""Sound: narrations, music and room tone in one track, at one loudness."""
