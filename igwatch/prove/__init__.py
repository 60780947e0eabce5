"""Would he have been found: canaries in each feed's own dialect, read and followed every night."""
