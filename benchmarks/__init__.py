"""Benchmarks: `make bench` runs them all on a product of their own and prints tables."""
