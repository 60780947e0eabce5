"""What leaves the site, in the words of others, and what others send back."""
