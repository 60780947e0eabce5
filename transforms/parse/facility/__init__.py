"""What is special about one facility's feed, as its files in the folder facility/ say."""
