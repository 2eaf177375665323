"""Guest: searches for better fills, from records."""
