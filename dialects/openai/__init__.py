"""The shape of OpenAI's API: images, speech and videos at `/v1`."""
