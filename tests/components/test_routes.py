"""The REST API's tree of resources, and when it must be deployed anew."""

from __future__ import annotations

from agents.contract import ROUTES
from components.api.routes import Node, revision, tree, verbs_of


def test_shared_paths_are_made_once_and_parents_first() -> None:
    """Two methods of one path share its resources."""
    assert tree((("GET", "/v1/a/{id}"), ("PUT", "/v1/a/{id}"), ("POST", "/v1"))) == (
        Node("/v1", "", "v1"),
        Node("/v1/a", "/v1", "a"),
        Node("/v1/a/{id}", "/v1/a", "{id}"),
    )


def test_names_of_nodes_are_words() -> None:
    """A path's name has neither slashes nor braces."""
    assert [node.name for node in tree((("GET", "/v1/{kind}/x"),))] == ["v1", "v1-kind", "v1-kind-x"]


def test_verbs_are_known_by_path() -> None:
    """Paths on the way to a route have none, and are not listed."""
    assert verbs_of((("PUT", "/v1/a"), ("GET", "/v1/a"), ("POST", "/v1/b"))) == {
        "/v1/a": ("GET", "PUT"),
        "/v1/b": ("POST",),
    }


def test_a_route_more_is_a_new_deployment() -> None:
    """A stage serves the deployment it has, so a changed route must make a new one; a changed order must not."""
    assert revision(ROUTES) == revision(tuple(reversed(ROUTES)))
    assert revision(ROUTES) != revision((*ROUTES, ("GET", "/v1/more")))


def test_whatever_else_is_deployed_counts() -> None:
    """A changed value does, a changed order of keys does not."""
    assert revision(ROUTES, {"a": 1, "b": 2}) == revision(ROUTES, {"b": 2, "a": 1})
    assert revision(ROUTES, {"a": 1}) != revision(ROUTES, {"a": 2})
