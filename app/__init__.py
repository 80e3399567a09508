"""The service: composition roots, HTTP, command line."""
