"""Who is asking, what they may do, and how fast: accounts, plans and keys."""
