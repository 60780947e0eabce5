"""`python -m igwatch` is the same as `igwatch`."""

from igwatch.command import main

main()
