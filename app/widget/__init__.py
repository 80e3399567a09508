"""The chat widget's own part of the service: visitors, signed identity, origins, opening hours."""
