"""Carrying a version from one environment to another: the same content, hence the same digest.

    dev    Promotion.of(version).as_content()  -> a file, or the body of an answer
    prod   draft(promotion, environment="prod", ...) -> the next version of env:prod, with the digest it had in dev

Content is checked anew where it arrives: other models and tools may be there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agents.configuration.documents import Draft, check_address, digest
from agents.errors import InvalidError

if TYPE_CHECKING:
    from agents.configuration.documents import Content, Version

_FORMAT: Final = "quartermaster/promotion/1"
_TEXTS: Final = ("key", "layer", "digest", "author", "message")


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """A version on its way: where it is from, and what it says."""

    key: str
    layer: str
    number: int
    digest: str
    author: str
    message: str
    content: Content

    @classmethod
    def of(cls, version: Version) -> Promotion:
        return cls(
            key=version.key,
            layer=version.layer,
            number=version.number,
            digest=version.digest,
            author=version.author,
            message=version.message,
            content=version.content,
        )

    def as_content(self) -> Content:
        """The promotion as a document that any format can hold."""
        return {"format": _FORMAT, **vars(self)}


def read_promotion(content: Content) -> Promotion:
    """The promotion in a document; raises InvalidError when it is none, or its content has another digest."""
    texts = {name: value for name in _TEXTS if isinstance(value := content.get(name), str)}
    number, carried = content.get("number"), content.get("content")
    if (
        content.get("format") != _FORMAT
        or len(texts) < len(_TEXTS)
        or not isinstance(carried, dict)
        or not isinstance(number, int)
    ):
        raise InvalidError("that is no promotion", fix="Make one with `qm config promote KEY --out FILE`.")
    check_address(texts["key"], texts["layer"])
    if digest(carried) != texts["digest"]:
        raise InvalidError("the content was changed on its way: it has another digest", fix="Make the promotion again.")
    return Promotion(**texts, number=number, content=carried)


def target_layer(layer: str, environment: str) -> str:
    """The layer that takes the place of `layer` in another environment; raises InvalidError for an instance's."""
    if layer.startswith("instance:"):
        raise InvalidError("an instance's layer is of one environment only", fix="Promote base or env:ENVIRONMENT.")
    return "base" if layer == "base" else f"env:{environment}"


def draft(promotion: Promotion, *, environment: str, author: str, message: str, expected: int) -> Draft:
    """The promoted version as a draft of the environment that takes it."""
    came = f"version {promotion.number} of {promotion.layer} by {promotion.author}"
    return Draft(
        key=promotion.key,
        layer=target_layer(promotion.layer, environment),
        content=promotion.content,
        author=author,
        message=message or f"Promote {came}: {promotion.message}"[:1_000],
        expected=expected,
    )
