"""Orders: search, detail, and those nobody paid yet."""
