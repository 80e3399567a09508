"""Rule packs: pure functions of text, and their loader."""
