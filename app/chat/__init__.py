"""Chat over HTTP: turns that cannot be lost, transcripts, and hand-over to a person."""
