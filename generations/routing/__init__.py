"""Which provider runs a request, and on which route: by the choice of the client, prices, and health of upstreams."""
