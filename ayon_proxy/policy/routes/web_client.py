"""TABLE: what lies outside the REST API: GraphQL, the websocket, the web client and its files."""

from __future__ import annotations

from ayon_proxy.policy.lifetimes import IDENTITY
from ayon_proxy.policy.routes.route import Kind, Route, Share
from ayon_proxy.policy.routes.rows import HTML, JSON, file, passed, stored

ROUTES = (
    Route(("POST",), "/graphql", Kind.QUESTION, media=JSON, safe=True),
    passed("GET", "/graphql", "a page for developers"),
    passed("GET", "/ws", "not HTTP"),
    # Every client asks it to see whether a server is there. It is the same until a restart.
    stored("/", IDENTITY, "addons", media=HTML),
    file("/static/{rest:path}", "static", share=Share.SIGNED_IN),
    passed("GET", "/openapi.json", "made anew for each asking, and can break until a restart"),
    passed("GET", "/docs", "a page for developers"),
    passed("GET", "/graphiql", "a page for developers"),
    passed("GET", "/graphiql/{rest:path}", "a page for developers"),
)
