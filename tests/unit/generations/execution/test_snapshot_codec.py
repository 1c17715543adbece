"""Serialization of snapshots in a generation's row."""

import json

from generations.execution.snapshot_codec import dump, load
from providers.backend import Adjustment, BackendState, Output, Snapshot


def test_a_snapshot_survives_serialization() -> None:
    notes = (Adjustment("it was raining"), Adjustment("n was 4", "options.n", requested=4, used=[2, "two"]))
    output = Output(media_type="image/png", url="https://upstream.example/a.png")
    snapshot = Snapshot(state=BackendState.SUCCEEDED, progress=100, outputs=(output,), adjustments=notes)

    assert load(json.loads(json.dumps(dump(snapshot)))) == snapshot
