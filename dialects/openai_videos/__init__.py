"""OpenAI's API of videos, which are made in the background."""
