"""The steps of cleaning packs, one per file."""
