"""A client as published for Doitong: statuses in lower case, a flat error, and any `errors` key is a failure.

Usage: python flat_client.py SECONDS TEXT
"""

import os
import sys
import time
import uuid
from typing import Any

import httpx

GENERATE = """mutation Generate($input: GenerateInput!) {
  generate(input: $input) { id type status provider url metadata creditCost error errorCode }
}"""
GET_GENERATION = """query GetGeneration($id: ID!) {
  generation(id: $id) { id type status progress url metadata error errorCode createdAt completedAt }
}"""
TIMEOUT = 60.0  # seconds
RATE_LIMIT_WINDOW = 60  # seconds


class Failed(Exception):
    pass


class FlatClient:
    def __init__(self, address: str, key: str) -> None:
        self.http = httpx.Client(headers={"Authorization": f"Bearer {key}"}, timeout=30, trust_env=False)
        self.address = address

    def generate(
        self, kind: str, content: dict[str, Any], *, provider: str = "", options: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        request: dict[str, Any] = {"type": kind.upper(), "input": content}
        if provider:
            request["provider"] = provider
        if options:
            request["options"] = options
        response = self.http.post(
            self.address,
            json={"query": GENERATE, "variables": {"input": request}},
            headers={"Idempotency-Key": str(uuid.uuid4())},
        )
        if response.status_code == 429:
            raise Failed(f"Rate limit; retry at {response.headers.get('X-RateLimit-Reset', RATE_LIMIT_WINDOW)}")
        body = response.json()
        if "errors" in body:
            raise Failed(body["errors"][0]["message"])
        accepted: dict[str, Any] = body["data"]["generate"]
        return accepted

    def get_generation(self, generation_id: str) -> dict[str, Any]:
        body = {"query": GET_GENERATION, "variables": {"id": generation_id}}
        generation: dict[str, Any] = self.http.post(self.address, json=body).json()["data"]["generation"]
        return generation

    def wait_for_completion(self, generation_id: str, interval: float) -> dict[str, Any]:
        started = time.monotonic()
        while time.monotonic() - started < TIMEOUT:
            generation = self.get_generation(generation_id)
            if generation["status"] == "completed":
                return generation
            if generation["status"] == "failed":
                raise Failed(f"{generation['errorCode']}: {generation['error']}")
            time.sleep(interval)
        raise Failed("The generation timed out.")


def main(interval: str, text: str) -> int:
    client = FlatClient(f"{os.environ['DOITONG_URL']}/graphql", os.environ["DOITONG_API_KEY"])
    with client.http:
        try:
            accepted = client.generate("audio", {"text": text}, provider="elevenlabs", options={"voice": "rachel"})
            sys.stdout.write(f"{accepted['status']}\n")
            done = client.wait_for_completion(accepted["id"], float(interval))
        except Failed as failure:
            sys.stdout.write(f"rejected: {failure}\n")
            return 1
        media = client.http.get(done["url"]).headers["content-type"]
    sys.stdout.write(f"{done['status']} {done['type']} {done['progress']} {done['error']} {media}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
