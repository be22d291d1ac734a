"""The finished film looked at and listened to: what it measures, and what is wrong with it."""
