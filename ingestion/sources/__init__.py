"""Source contracts: read, check, and turn into connectors and SQL."""
