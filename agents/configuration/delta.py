"""A text as its difference from another, and contents that share what they have in common.

How a store keeps a thousand versions of which each changed a little, and how a reader holds them.

A delta is the text compressed with the other as a dictionary. Compression looks back 32 KiB, so a longer text goes in
blocks, each with what lies around its place in the other.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agents.json_value import Json

_BLOCK: Final = 12 * 1024
_AROUND: Final = 8 * 1024  # so far a block may move and still be found: block and dictionary fit into 32 KiB, with room
_LENGTH: Final = 3  # bytes that say how long a block's part of the delta is
_RAW: Final = -15  # no header and no checksum: a version has its digest
_T = TypeVar("_T", bound="Json")


def delta(old: bytes, new: bytes) -> bytes:
    """What makes `new` of `old`."""
    parts = []
    for start, block in _blocks(new):
        packer = zlib.compressobj(9, zlib.DEFLATED, _RAW, zdict=_dictionary(old, start))
        parts.append(packer.compress(block) + packer.flush())
    return b"".join(len(part).to_bytes(_LENGTH, "big") + part for part in parts)


def apply(old: bytes, change: bytes) -> bytes:
    """What a delta makes of a text. Raises ValueError for what is no delta; of another text it makes anything."""
    blocks = []
    at = start = 0
    while at < len(change):
        end = at + _LENGTH + int.from_bytes(change[at : at + _LENGTH], "big")
        unpacker = zlib.decompressobj(_RAW, zdict=_dictionary(old, start))
        try:
            block = unpacker.decompress(change[at + _LENGTH : end], _BLOCK + 1)
        except zlib.error as error:
            raise ValueError("not a delta of this text") from error
        if len(block) > _BLOCK or not unpacker.eof or unpacker.unused_data:
            raise ValueError("not a whole delta")
        blocks.append(block)
        at, start = end, start + _BLOCK
    return b"".join(blocks)


def share(old: Json, new: _T) -> _T:
    """`new`, made of the parts of `old` wherever they are the same; neither may be altered from then on.

    The same as JSON: 1, 1.0 and true are three values, and so are 0.0 and -0.0.
    """
    if isinstance(new, dict) and isinstance(old, dict):
        names = {name: name for name in old}
        made = {names.get(name, name): share(old.get(name), value) for name, value in new.items()}
        return old if _all_of(old, made) else made  # type: ignore[return-value]  # both are dicts
    if isinstance(new, list) and isinstance(old, list):
        items = [share(*pair) for pair in zip([*old, *[None] * (len(new) - len(old))], new, strict=False)]
        same = len(old) == len(items) and all(map(_is, old, items))
        return old if same else items  # type: ignore[return-value]  # both are lists
    same = type(old) is type(new) and (repr(old) == repr(new) if isinstance(new, float) else old == new)
    return old if same else new  # type: ignore[return-value]  # of one type


def _all_of(old: dict[str, Json], made: dict[str, Json]) -> bool:
    return len(old) == len(made) and all(name in old and old[name] is value for name, value in made.items())


def _is(one: Json, other: Json) -> bool:
    return one is other


def _blocks(text: bytes) -> Iterator[tuple[int, bytes]]:
    for start in range(0, len(text), _BLOCK):
        yield start, text[start : start + _BLOCK]


def _dictionary(old: bytes, start: int) -> bytes:
    return old[max(start - _AROUND, 0) : start + _BLOCK + _AROUND]
