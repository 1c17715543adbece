"""The selection of provider and route: by the choice of the client, prices, and health of upstreams."""
