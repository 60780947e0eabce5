"""The raw tables: their contract, the files that hold them, and the bytes they came from."""
