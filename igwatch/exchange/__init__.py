"""What igwatch hands to systems of others, and takes from them, beside its own tables."""
