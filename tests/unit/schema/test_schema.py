"""The schema has the promised fields and a description on every element, and its generated files are current."""

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema

from providers.catalogue import load_catalogue
from schema.inputs import ContentInput, OptionsInput, as_json
from scripts import print_errors
from scripts.print_schema import FILE
from server.graphql.schema import build_schema

PROMISED = {
    "Query": "generation generations providers provider account node",
    "Mutation": "generate cancelGeneration retryGeneration generateImage animateImage generateSpeech generateAvatar "
    "generateMusic videoCreate",
    "Subscription": "generationUpdated generationsUpdated",
    "Generation": "id type status stage progress provider model testMode url imageUrl videoUrl audioUrl thumbnailUrl "
    "outputs metadata metadataJson width height duration creditCost estimatedTime error errorMessage errorCode input "
    "options webhookUrl createdAt startedAt completedAt version",
    "Output": "url thumbnailUrl optimizedUrl mediaType width height duration format bytes sha256 title lyrics "
    "expiresAt",
    "GenerationMetadata": "width height duration resolution format seed model backend simulated adjustments attempts",
    "Provider": "id name vendor type description modes models features limitations pricing options available "
    "unavailableReason health",
    "Pricing": "creditCost estimatedTime unit tiers",
    "ProviderOption": "name type required description allowedValues default minimum maximum",
}


def schema() -> GraphQLSchema:
    return build_schema()._schema


def test_the_committed_schema_is_current() -> None:
    assert FILE.read_text() == build_schema().as_str() + "\n"


def test_the_committed_error_page_is_current() -> None:
    assert print_errors.FILE.read_text() == print_errors.text()


def test_every_element_has_a_description() -> None:
    missing = [] if schema().description else ["schema"]
    for name, type_ in schema().type_map.items():
        if name.startswith("__"):
            continue
        if not type_.description and name not in ("String", "Int", "Float", "Boolean", "ID"):
            missing.append(name)
        if isinstance(type_, GraphQLEnumType):
            missing += [f"{name}.{value}" for value, member in type_.values.items() if not member.description]
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            missing += [f"{name}.{field}" for field, member in type_.fields.items() if not member.description]
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            missing += [
                f"{name}.{field}({argument})"
                for field, member in type_.fields.items()
                for argument, definition in member.args.items()
                if not definition.description
            ]

    assert missing == []


def test_every_promised_field_exists() -> None:
    for name, fields in PROMISED.items():
        type_ = schema().type_map[name]
        assert isinstance(type_, GraphQLObjectType)
        assert set(fields.split()) <= set(type_.fields), name


def test_the_inputs_have_every_option_and_content_field_of_the_catalogue() -> None:
    options = schema().type_map["OptionsInput"]
    content = schema().type_map["ContentInput"]
    assert isinstance(options, GraphQLInputObjectType)
    assert isinstance(content, GraphQLInputObjectType)
    for provider in load_catalogue().providers:
        assert set(provider.options) <= set(options.fields), provider.id
        assert set(provider.content) <= set(content.fields), provider.id


def test_omitted_and_null_fields_are_not_in_the_json() -> None:
    assert as_json(ContentInput(text="a", image=None)) == {"text": "a"}
    assert as_json(OptionsInput(aspect_ratio="16:9", duration=5)) == {"aspectRatio": "16:9", "duration": 5}
    assert as_json(None) == {}
