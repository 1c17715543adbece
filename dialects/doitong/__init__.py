"""The REST API published for Doitong: `/v1/text_to_image` and its siblings, `/v1/generations`."""
