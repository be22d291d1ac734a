"""One film being made: narrations, pictures, segments, sound, and the check of it all."""
