"""Documents of the tests of full and unusable disks."""

GENERATE = """
mutation ($text: String!, $wait: Int!) {
  generate(wait: $wait, input: { type: IMAGE, provider: "flux-pro", input: { text: $text } }) { id status }
}
"""
STATE = "subscription ($id: ID!) { generationUpdated(id: $id) { status error { message } } }"
TIMEOUT = 60  # seconds
