from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from server.endpoints.graphiql import graphiql_routes

pytestmark = pytest.mark.anyio


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    assets = tmp_path / "dist" / "assets"
    assets.mkdir(parents=True)
    (assets / "main-a1b2c3.js").write_text("export {}")
    (assets.parent / "index.html").write_text("<!doctype html><title>GraphiQL</title>")
    return assets.parent


@pytest.fixture
async def browser(dist: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=graphiql_routes(dist))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://graphiql") as client:
        yield client


async def test_the_content_security_policy_allows_no_other_origin(browser: httpx.AsyncClient) -> None:
    response = await browser.get("/graphiql/")

    policy = response.headers["content-security-policy"]
    assert response.status_code == 200
    assert "<title>GraphiQL</title>" in response.text
    assert "default-src 'none'" in policy
    assert "http" not in policy
    assert "script-src 'self';" in policy


async def test_the_path_without_a_slash_redirects_to_the_page(browser: httpx.AsyncClient) -> None:
    response = await browser.get("/graphiql", follow_redirects=True)

    assert response.status_code == 200
    assert response.url.path == "/graphiql/"


async def test_assets_are_cached_for_a_year_and_the_page_is_revalidated(browser: httpx.AsyncClient) -> None:
    asset = await browser.get("/graphiql/assets/main-a1b2c3.js")
    page = await browser.get("/graphiql/")

    assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert page.headers["cache-control"] == "no-cache"


async def test_a_missing_asset_is_not_cached(browser: httpx.AsyncClient) -> None:
    response = await browser.get("/graphiql/assets/gone.js")

    assert response.status_code == 404
    assert "cache-control" not in response.headers


async def test_nothing_outside_the_directory_is_served(browser: httpx.AsyncClient, dist: Path) -> None:
    (dist.parent / "secret").write_text("of the server")

    response = await browser.get("/graphiql/%2e%2e/secret")

    assert response.status_code == 404
    assert "of the server" not in response.text


async def test_config_json_has_the_endpoint(dist: Path) -> None:
    app = Starlette(routes=graphiql_routes(dist, endpoint="/api/graphql", transport="sse"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://graphiql") as client:
        response = await client.get("/graphiql/config.json")

    assert response.json() == {"endpoint": "/api/graphql", "transport": "sse"}


async def test_without_a_build_the_page_explains_how_to_make_one(browser: httpx.AsyncClient, dist: Path) -> None:
    (dist / "index.html").unlink()

    response = await browser.get("/graphiql/")

    assert response.status_code == 200
    assert "make setup" in response.text


async def test_the_page_is_read_only_whether_it_is_built_or_not(browser: httpx.AsyncClient, dist: Path) -> None:
    built = await browser.post("/graphiql/")
    (dist / "index.html").unlink()
    unbuilt = await browser.post("/graphiql/")

    assert (built.status_code, unbuilt.status_code) == (405, 405)
    assert unbuilt.headers["allow"] == "GET, HEAD"
    assert unbuilt.json() == built.json()


async def test_a_build_made_after_startup_is_served(tmp_path: Path) -> None:
    app = Starlette(routes=graphiql_routes(tmp_path / "later"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://graphiql") as client:
        before = await client.get("/graphiql/")
        (tmp_path / "later").mkdir()
        (tmp_path / "later" / "index.html").write_text("<title>GraphiQL</title>")
        after = await client.get("/graphiql/")

    assert "not built" in before.text
    assert after.text == "<title>GraphiQL</title>"
