"""How good the flags are: a sample, read blind by two people, and what it says of everybody."""
