"""Names of settings that sound as if their value were a secret."""

from __future__ import annotations

import re
from typing import Final

_SECRET: Final = re.compile(
    r"(?<![a-z])(passw(or)?d|passphrase|pwd|secret|api_?key|private_?key|access_?key|signing_?key|credentials?"
    r"|auth_?token|access_?token|refresh_?token|bearer|connection_?string|client_?secret)(?![a-z])"
)
# A name or place of a secret is none.
_REFERENCE: Final = re.compile(r"(_|^)(arn|name|id|path|ref|reference|url|parameter|ttl|version|file)s?$")
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def sounds_secret(name: str) -> bool:
    """Whether a setting of this name would hold a secret, not the name or place of one."""
    plain = _CAMEL.sub("_", name).lower().replace("-", "_").replace(".", "_")
    return bool(_SECRET.search(plain)) and not _REFERENCE.search(plain)
