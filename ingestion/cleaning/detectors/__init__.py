"""Detectors of sensitive data, one kind per file."""
