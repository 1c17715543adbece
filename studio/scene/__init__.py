"""Pictures composed from the words of a prompt: a place, its light, and what stands in it."""
