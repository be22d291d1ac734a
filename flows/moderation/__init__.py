"""What is judged before it is used, and what a person has to say yes to."""
