"""The steps of a night, in order, as the command line and the DAGs run them."""
