"""Small tools without domain knowledge: clock, ids, tokens, outbound HTTP, events, errors, pagination."""
