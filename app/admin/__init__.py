"""HTTP for documents, records, sources, cleaning packs and dead letters."""
