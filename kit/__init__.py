"""Tools without state of ours: clock, ids, tokens, outbound HTTP, webhook signatures, events, errors, logs, pages."""
