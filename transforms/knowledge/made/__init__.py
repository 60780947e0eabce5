"""Makes the rows of exposure_equivalent.csv from public files: see README.md of the folder above."""
