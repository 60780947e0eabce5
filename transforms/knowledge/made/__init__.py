"""Makes the rows of exposure_equivalent.csv from public files: README.md of the folder above."""
