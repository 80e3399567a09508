"""The embedded parts: start, wait until ready, watch, stop."""
