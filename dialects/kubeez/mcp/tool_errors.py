"""The text of a tool error: its code, its message and what the agent should do."""

from kit.errors import DoitongError, ErrorCode

ADVICE = {
    ErrorCode.INVALID_INPUT: "Correct the arguments and call again; get_models lists what each model takes.",
    ErrorCode.INVALID_MEDIA_URL: "Give a URL that anybody can read, or upload the file: see kubeez://skills/media-upload.",
    ErrorCode.UNAUTHENTICATED: "Ask the user for a valid key: it is sent as the header Authorization: Bearer sk_….",
    ErrorCode.INSUFFICIENT_CREDITS: "Tell the user to add credits. Do not call again before that.",
    ErrorCode.SPEND_CAP_REACHED: "Tell the user that the spend cap of the key is reached. Do not call again.",
    ErrorCode.FORBIDDEN: "Tell the user that this key may not do it; another key can.",
    ErrorCode.NOT_FOUND: "Check the id: use the generation_id of an earlier answer, with the same key.",
    ErrorCode.IDEMPOTENCY_MISMATCH: "Use a new idempotency_key for a new request, or repeat the first one exactly.",
    ErrorCode.QUOTE_EXPIRED: "Call estimate_generation_cost again.",
    ErrorCode.CONTENT_VIOLATION: "Change the prompt or the media; the same again is refused again.",
    ErrorCode.RATE_LIMIT: "Wait as long as it says, then call again with the same idempotency_key.",
    ErrorCode.PROVIDER_UNAVAILABLE: "Choose another available model from get_models, or try again in a minute.",
    ErrorCode.INTERNAL: "Try again in a minute with the same idempotency_key, then tell the user.",
    ErrorCode.GENERATION_FAILED: "Try again with a new idempotency_key.",
    ErrorCode.DEADLINE_EXCEEDED: "Try again with a new idempotency_key.",
}


def error_text(error: DoitongError) -> str:
    """Return the code, the message and the advice."""
    return f"{error.code.value}: {error.message} {ADVICE[error.code]}"
