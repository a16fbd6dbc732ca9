"""The API's own server, for its client."""

from tests.agents.api.conftest import home, token, url

__all__ = ["home", "token", "url"]
