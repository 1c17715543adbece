"""What every HTTP face shares: bodies, credentials, error responses, rate-limit headers, accepting a generation."""
