"""A row of the list: a generation with the fields of both APIs."""

from typing import cast

from dialects.doitong.responses import GenerationFields, OutputBody, generation_body
from dialects.kubeez.responses import OutputFields, ResultFields, RowFields, generation_row
from generations.generation import Generation
from generations.output_urls import SignUrl, output_urls


class RowOutput(OutputBody, OutputFields):
    """An output file with the fields of both APIs."""


class ListRow(GenerationFields, RowFields, ResultFields):
    """A generation with the fields of both APIs; `status` has Doitong's words, `model` is the same as `service`."""

    outputs: list[RowOutput]


def list_row(generation: Generation, sign_url: SignUrl) -> ListRow:
    """Return the row of a generation."""
    own, kubeez = (
        generation_body(generation, output_urls(generation, sign_url)),
        generation_row(generation, sign_url),
    )
    outputs = [{**theirs, **ours} for ours, theirs in zip(own["outputs"], kubeez["outputs"], strict=True)]
    return cast("ListRow", {**kubeez, **own, "outputs": outputs})
