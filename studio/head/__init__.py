"""A drawn head that talks: how it looks, how it moves and how it is painted."""
