"""How narration is spoken: numbers, money, times, units and signs in words."""
