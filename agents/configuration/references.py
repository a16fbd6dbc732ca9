"""References to secrets: where they may stand, what they may name, and what they are at the moment of use.

    [parameters]
    carrier_key = { "$secret" = "carrier_api_key" }

A document holds the name and never the value. Only a parameter whose plugin calls it a secret (`format: secret` in its
schema) takes one, only for a name on the stack's list, and it is looked up in the agent when it is used. Texts are
never searched for references, so none can be smuggled in through a prompt, a question or a tool's argument.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from agents.configuration.json_pointer import below, parts
from agents.configuration.problems import invalid
from agents.errors import ForbiddenError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agents.configuration.deployed import Deployed
    from agents.configuration.documents import Content
    from agents.errors import Problem
    from agents.json_value import Json

SECRET_FORMAT: Final = "secret"  # noqa: S105 - a word of schemas
MASK: Final = "***"
Where = Literal["secret", "env"]
_SECRET_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
_VARIABLE_NAME: Final = re.compile(r"[A-Z][A-Z0-9_]{0,127}")
# What the platform itself runs by. No list of a stack can open these: a document would be a way to its credentials.
_CLOSED: Final = re.compile(
    r"(AWS|AMAZON|QM|LAMBDA|PULUMI|LD|SSH|GIT|GITHUB|ACTIONS)(_.*)?|(PYTHON|BASH).*|_.*|PATH|HOME|SHELL|USER"
)
_IN_TEXT: Final = re.compile(r"\{\s*[\"']?\$(secret|env)\b")
_URL: Final = re.compile(
    r"\s*([a-z][a-z0-9+.-]{1,15}:)?[/\\]{2}|\s*(https?|wss?|s?ftps?|file|data|javascript|jar|gopher|dict|ldaps?|s3):",
    re.IGNORECASE,
)
_TELLING: Final = re.compile(
    r"(^|[_-])(password|passwd|passphrase|secrets?|token|credentials?|apikey)($|[_-])|(api|access|private|secret)[_-]?key",
    re.IGNORECASE,
)
REFERENCE_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "additionalProperties": False,
    "minProperties": 1,
    "maxProperties": 1,
    "properties": {
        "$secret": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,62}$"},
        "$env": {"type": "string", "pattern": "^[A-Z][A-Z0-9_]{0,127}$"},
    },
}


@dataclass(frozen=True)
class Reference:
    """A secret by name, of the secret store or of the environment."""

    where: Where
    name: str


@dataclass(frozen=True)
class Secret:
    """A resolved value. It shows as a mask wherever it is printed, logged or formatted."""

    value: str

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__


class SecretSource(Protocol):
    """Where values are. Raises NotFoundError for a name that has none, UnavailableError and SetupError."""

    def read(self, reference: Reference) -> str: ...


def reference_of(value: object) -> Reference:
    """The reference that a map is; raises ValueError for any other value."""
    if isinstance(value, dict) and len(value) == 1:
        mark, name = next(iter(value.items()))
        if mark == "$secret" and isinstance(name, str) and _SECRET_NAME.fullmatch(name):
            return Reference("secret", name)
        if mark == "$env" and isinstance(name, str) and _VARIABLE_NAME.fullmatch(name):
            return Reference("env", name)
    raise ValueError('a map here is a reference: { "$secret": "name_of_it" } or { "$env": "NAME" }')


def resolve(references: Mapping[str, Reference], source: SecretSource, deployed: Deployed) -> dict[str, Secret]:
    """The value of each, read now; raises ForbiddenError for what the stack does not allow, whoever published it."""
    for reference in references.values():
        if refused := _refusal(reference, deployed):
            raise ForbiddenError(refused[0], fix=refused[1])
    return {name: Secret(source.read(reference)) for name, reference in references.items()}


def check_references(
    references: Mapping[str, Reference], schema: Content | None, deployed: Deployed, *, above: str
) -> Iterator[Problem]:
    """What is wrong with references by parameter name, at pointers below `above`."""
    secret = secret_names(schema)
    for name, reference in references.items():
        if name not in secret:
            fix = "Write the value itself; or let the plugin's schema say `format: secret`, if it is one."
            yield invalid(f"{name!r} is no secret, so it takes no reference", pointer=below(above, name), fix=fix)
        if refused := _refusal(reference, deployed):
            yield invalid(refused[0], pointer=below(above, name), fix=refused[1])


def check_texts(content: Json, deployed: Deployed, *, urls: bool, above: str = "") -> Iterator[Problem]:
    """References and URLs in what is only text, at any depth; `urls`: whether these may stand there.

    A prompt may speak of a URL. What a tool or an adapter reads may not hold one that it could be made to fetch.
    """
    waiting: list[tuple[str, Json]] = [(above, content)]  # not recursive, because nobody bounded the depth before
    while waiting:
        here, value = waiting.pop()
        if isinstance(value, dict):
            waiting += reversed([(below(here, name), inner) for name, inner in value.items()])
        elif isinstance(value, list):
            waiting += reversed([(below(here, number), inner) for number, inner in enumerate(value)])
        elif isinstance(value, str):
            if _IN_TEXT.search(value):
                fix = "Take it out: a secret is a parameter of its own, which its plugin reads."
                yield invalid("a text cannot refer to a secret, and nothing would replace it", pointer=here, fix=fix)
            if not urls and _URL.match(value) and not _allowed(value, deployed.urls):
                fix = "Have it added to agents.outbound_urls of the stack, or take it out."
                yield invalid("the server may not be sent to this URL", pointer=here, fix=fix)


def secret_names(schema: Content | None) -> frozenset[str]:
    """The parameters that a plugin's schema calls secrets."""
    properties = (schema or {}).get("properties")
    found = properties.items() if isinstance(properties, dict) else ()
    return frozenset(name for name, one in found if isinstance(one, dict) and one.get("format") == SECRET_FORMAT)


def is_secret(pointer: str, schema: Content | None = None) -> bool:
    """Whether a diff or a log must mask what a pointer into an agent's document names, or something around it.

    `schema` is that of its agent's parameters. A name that tells (password, api_key, ...) masks too, because a diff
    also shows what was never published, such as a file.
    """
    names = parts(pointer)
    if len(names) > 1 and names[0] == "parameters" and names[1] in secret_names(schema):
        return True
    return any(_TELLING.search(name) for name in names)


def _refusal(reference: Reference, deployed: Deployed) -> tuple[str, str] | None:
    """Why a reference is refused, and what to do."""
    if reference.where == "env":
        if _CLOSED.fullmatch(reference.name):
            return f"the variable {reference.name} belongs to the platform", "Use a variable or secret of your own."
        if reference.name not in deployed.variables:
            return f"the variable {reference.name} is not one that documents may name", _open(deployed.variables)
    elif reference.name not in deployed.secrets:
        return f"there is no secret {reference.name!r} for documents", _open(deployed.secrets)
    return None


def _open(names: frozenset[str]) -> str:
    known = f"Open here: {', '.join(sorted(names))}." if names else "None is open here."
    return f"{known} Secrets are listed in agents.secrets of the stack."


def _allowed(url: str, allowed: tuple[str, ...]) -> bool:
    """Whether it lies at or below one of those, without a way out of it."""
    return not re.search(r"[\s\\@%]|/\.\.?(/|$)", url) and any(
        url == one or url.startswith((f"{one.rstrip('/')}/", f"{one}?")) for one in allowed
    )
