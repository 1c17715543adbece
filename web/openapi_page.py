"""A page to read an OpenAPI document: plain HTML, without scripts and without anything from elsewhere."""

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from html import escape
from types import MappingProxyType
from typing import Any

STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { display: grid; grid-template-columns: 17rem minmax(0, 60rem); gap: 2.5rem; margin: 0; }
nav { position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1.5rem; box-sizing: border-box;
  border-right: 1px solid #8884; }
nav ul { list-style: none; margin: 0; padding: 0; } nav li { margin: .25rem 0; }
main { padding: 1.5rem 1.5rem 8rem 0; }
section { border-top: 1px solid #8884; margin-top: 2rem; padding-top: .5rem; }
table { border-collapse: collapse; width: 100%; display: block; overflow-x: auto; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid #8883; }
code, pre { font: 13px/1.45 ui-monospace, monospace; } pre { background: #8882; padding: .75rem; overflow-x: auto; }
.method { font-weight: 600; } .note { opacity: .7; } a { color: inherit; }
@media (max-width: 50rem) { body { display: block; padding: 0 1rem; }
  nav { position: static; height: auto; border: 0; } }
"""
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
PAGE_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-cache",
    }
)
CODE = re.compile(r"`([^`]+)`")


def openapi_page(document: Mapping[str, Any], *, document_path: str, links: Iterable[tuple[str, str]]) -> str:
    """Return the page. It links to the document, for programs, and to the other pages by their titles and paths.

    All paths begin with a slash; they are below the URL of the server.
    """
    info, url = document["info"], document["servers"][0]["url"]
    schemas = document["components"]["schemas"]
    operations = [
        _operation(method, path, operation, url, schemas)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(info['title'])}</title><style>{STYLE}</style></head><body>"
        f"<nav>{_links(links, url)}{_navigation(document)}</nav><main><h1>{escape(info['title'])}</h1>"
        f"<p>{_prose(info['description'])}</p>"
        f"<p>Base URL: <code>{escape(url)}</code>. For programs: "
        f'<a href="{escape(url + document_path)}">the OpenAPI {document["openapi"]} document</a>.</p>'
        f"{''.join(operations)}<h2>Schemas</h2>{''.join(_schema(name, schemas[name]) for name in sorted(schemas))}"
        "</main></body></html>"
    )


def _links(links: Iterable[tuple[str, str]], url: str) -> str:
    items = (f'<li><a href="{escape(url + path)}">{escape(title)}</a></li>' for title, path in links)
    return f"<ul>{''.join(items)}</ul>"


def _navigation(document: Mapping[str, Any]) -> str:
    groups: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            link = f'<li><a href="#{operation["operationId"]}">{_method(method)} <code>{escape(path)}</code></a></li>'
            groups.setdefault(operation["tags"][0], []).append(link)
    return "".join(f"<h2>{escape(tag)}</h2><ul>{''.join(links)}</ul>" for tag, links in groups.items())


def _operation(method: str, path: str, operation: Mapping[str, Any], url: str, schemas: Mapping[str, Any]) -> str:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    rows = [
        (item["name"], item["in"], _type(item["schema"]), item["required"], item.get("description", ""))
        for item in operation["parameters"]
    ]
    responses = (
        f"<tr><td><code>{status}</code></td><td>{_prose(response['description'])}</td>"
        f"<td>{', '.join(_type(content['schema']) for content in response['content'].values())}</td></tr>"
        for status, response in operation["responses"].items()
    )
    return (
        f'<section id="{operation["operationId"]}"><h3>{escape(operation["summary"])}</h3>'
        f"<p>{_method(method)} <code>{escape(path)}</code></p><p>{_prose(operation['description'])}</p>"
        f"<pre>{escape(_curl(method, url + path, body and body['example']))}</pre>"
        f"{_table(rows)}{'' if body is None else '<h4>Body</h4>' + _fields(_resolve(body['schema'], schemas))}"
        f"<h4>Responses</h4><table>{''.join(responses)}</table></section>"
    )


def _curl(method: str, address: str, example: Mapping[str, Any] | None) -> str:
    lines = [f"curl -X {method.upper()} '{address}'", "-H 'Authorization: Bearer sk_…'"]
    if example is not None:
        lines += ["-H 'Content-Type: application/json'", f"-d '{json.dumps(example)}'"]
    return " \\\n  ".join(lines)


def _schema(name: str, schema: Mapping[str, Any]) -> str:
    return f'<section id="schema-{escape(name)}"><h3>{escape(name)}</h3>{_fields(schema)}</section>'


def _fields(schema: Mapping[str, Any]) -> str:
    required = schema.get("required", ())
    rows = [
        (name, "", _type(described), name in required, described.get("description", ""))
        for name, described in schema.get("properties", {}).items()
    ]
    rows.sort(key=lambda row: not row[3])  # the required ones first
    return f"<p>{_prose(schema.get('description', ''))}</p>{_table(rows)}"


def _table(rows: Iterable[tuple[str, str, str, bool, str]]) -> str:
    cells = "".join(
        f'<tr><td><code>{escape(name)}</code></td><td>{type} <span class="note">{place} '
        f"{'required' if required else ''}</span></td><td>{_prose(description)}</td></tr>"
        for name, place, type, required, description in rows
    )
    return f"<table>{cells}</table>" if cells else ""


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#schema-{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_type(choice) for choice in schema["anyOf"])
    if "enum" in schema:
        return " ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return escape(str(schema.get("type", "any")))


def _resolve(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    resolved: Mapping[str, Any] = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    return resolved


def _method(method: str) -> str:
    return f'<span class="method">{method.upper()}</span>'


def _prose(text: str) -> str:
    return CODE.sub(r"<code>\1</code>", escape(text))
