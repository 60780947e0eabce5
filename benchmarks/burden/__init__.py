"""A general hospital's years, played week by week: what the worklist asks of the clinic."""
