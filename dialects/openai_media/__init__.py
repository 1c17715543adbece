"""OpenAI's API of images and speech: the response to a request is the result."""
