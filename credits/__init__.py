"""The books: what an account can spend, what is held for running work, and what was spent."""
