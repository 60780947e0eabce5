"""The rules: one module each, with the `advance` that follows a patient through it."""
