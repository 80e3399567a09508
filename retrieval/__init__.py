"""From a question to passages that the caller may read."""
