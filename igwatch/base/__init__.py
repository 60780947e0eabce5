"""What every room may import and what imports none of ours: errors, whole files, SQL, paths."""
