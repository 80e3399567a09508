"""Training and measurement of the scorer for injected instructions."""
