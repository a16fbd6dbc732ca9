"""Whether a resource is encrypted with a key of ours.

A key that is made with the resource has an id that a preview does not know. The key that AWS has for a service is
only ever written as its alias, so an unknown id is a key of ours.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ._resource import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._resource import Resource

_OF_AWS: Final = re.compile(r"(?:^|:)alias/aws/")


def own_key(resource: Resource, path: str) -> Iterator[str]:
    """A message when no key is set at the path, or one that AWS manages."""
    key = resource.peek(path)
    if key is UNKNOWN:
        return
    if not key or not resource.is_set(path):
        yield f"{path} is not set"
    elif _OF_AWS.search(str(key)):
        yield f"{path} is a key that AWS manages for everybody in the account"
