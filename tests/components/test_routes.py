"""The REST API's tree of resources, and when it must be deployed anew."""

from __future__ import annotations

from agents.contract import ROUTES
from components.api import revision
from components.routes import Node, tree


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


def test_a_route_more_is_a_new_deployment() -> None:
    """A stage serves the deployment it has, so a changed route must make a new one; a changed order must not."""
    assert revision(ROUTES) == revision(tuple(reversed(ROUTES)))
    assert revision(ROUTES) != revision((*ROUTES, ("GET", "/v1/more")))
