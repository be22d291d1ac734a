"""One machine that runs by itself: its processes, schedules, and films in a browser."""
