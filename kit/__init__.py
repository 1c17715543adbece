"""Small tools that know nothing of this project: clock, ids, tokens, outbound HTTP, events, errors, pagination."""
