"""OpenAI's API: what its images, speech and videos share, and its models."""
