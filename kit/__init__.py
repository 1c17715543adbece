"""Domain-independent tools: clock, ids, tokens, outbound HTTP, webhook signatures, pub/sub, errors, logs, pages."""
