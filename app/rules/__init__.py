"""Rules before and after an answer: what they are, how people write them, and how they judge."""
