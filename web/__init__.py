"""What every HTTP face shares: bodies, credentials, errors, rate-limit headers and accepting a generation."""
