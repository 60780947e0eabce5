"""A site: its home, its settings, its lock, and what its facilities sign for themselves."""
