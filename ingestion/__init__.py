"""From a changed record to a searchable vector."""
