"""Questions about what was published: these only read."""
