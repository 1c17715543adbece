"""All metrics that are counted where something happens. Those that are read at a scrape are in `server/metrics.py`.

The values of labels are from sets that this server knows: never an id, a key, a URL or a text of a client.
"""

from collections.abc import Sequence

from kit.instruments import Counter, Gauge, Histogram

REQUEST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
START_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900)
GENERATION_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1_800, 3_600)

HTTP_REQUESTS = Counter(
    "doitong_http_requests_total",
    "HTTP requests that have ended, by API, method and class of the status.",
    ("api", "method", "status"),
)
HTTP_REQUEST_SECONDS = Histogram(
    "doitong_http_request_duration_seconds",
    "Duration of HTTP requests, with waiting and streaming, but without repeated requests that the cache `socket` "
    "responds to.",
    ("api",),
    bounds=REQUEST_SECONDS,
)
CACHED_RESPONSES = Counter(
    "doitong_cached_responses_total",
    "Responses from a cache: `socket` without parsing the request, `result` without executing the query.",
    ("cache",),
)
CACHED_BYTES = Counter("doitong_cached_response_bytes_total", "Bytes of the bodies of cached responses.", ("cache",))
GRAPHQL_OPERATIONS = Counter(
    "doitong_graphql_operations_total",
    "GraphQL operations that were executed or rejected, without cached results.",
    ("operation", "result"),
)
OPEN_SUBSCRIPTIONS = Gauge(
    "doitong_open_subscriptions", "Open streams over HTTP, and operations of WebSockets, by transport.", ("transport",)
)
OPEN_WEBSOCKETS = Gauge("doitong_open_websockets", "Open WebSocket connections.")

GENERATIONS_ACCEPTED = Counter(
    "doitong_generations_accepted_total", "Accepted generations, without replays.", ("type", "provider")
)
GENERATIONS_ENDED = Counter(
    "doitong_generations_ended_total",
    "Ended generations by final status and error code (empty without an error).",
    ("type", "provider", "status", "code"),
)
GENERATION_START_SECONDS = Histogram(
    "doitong_generation_start_seconds",
    "Time from acceptance to the first submission to a backend.",
    ("type",),
    bounds=START_SECONDS,
)
GENERATION_END_SECONDS = Histogram(
    "doitong_generation_duration_seconds", "Time from acceptance to the end.", ("type",), bounds=GENERATION_SECONDS
)
STEPS = Counter("doitong_steps_total", "Steps of generations that this process ran.")
STEPS_SUPERSEDED = Counter(
    "doitong_steps_superseded_total", "Steps whose late write was refused, because another step had continued."
)
TAKE_OVERS = Counter(
    "doitong_queue_take_overs_total", "Entries of the queue taken from workers without a heartbeat. PostgreSQL only."
)

UPSTREAM_REQUESTS = Counter(
    "doitong_upstream_requests_total",
    "Operations on backends (submit, poll, find, cancel) by outcome.",
    ("backend", "operation", "outcome"),
)
UPSTREAM_SECONDS = Histogram(
    "doitong_upstream_request_duration_seconds",
    "Duration of operations on backends.",
    ("backend", "operation"),
    bounds=REQUEST_SECONDS,
)
WEBHOOK_ATTEMPTS = Counter(
    "doitong_webhook_attempts_total",
    "Attempts to deliver a webhook, by class of the status; `error` without a response.",
    ("outcome",),
)
DATABASE_TRANSACTIONS = Counter(
    "doitong_database_transactions_total", "Transactions by kind and result.", ("kind", "result")
)

INSTRUMENTS: Sequence[Counter | Gauge | Histogram] = (
    HTTP_REQUESTS,
    HTTP_REQUEST_SECONDS,
    CACHED_RESPONSES,
    CACHED_BYTES,
    GRAPHQL_OPERATIONS,
    OPEN_SUBSCRIPTIONS,
    OPEN_WEBSOCKETS,
    GENERATIONS_ACCEPTED,
    GENERATIONS_ENDED,
    GENERATION_START_SECONDS,
    GENERATION_END_SECONDS,
    STEPS,
    STEPS_SUPERSEDED,
    TAKE_OVERS,
    UPSTREAM_REQUESTS,
    UPSTREAM_SECONDS,
    WEBHOOK_ATTEMPTS,
    DATABASE_TRANSACTIONS,
)
