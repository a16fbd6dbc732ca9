"""Edits in a text that people wrote: comments, order and spelling of all else stay.

A text is changed and read again after each edit. If it does not say what the edit asks for, it is refused, never
written: neither of the ways to change a text is trusted beyond that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from agents.configuration import toml_edit, yaml_edit
from agents.configuration.diff import as_patch
from agents.configuration.formats import dump, parse
from agents.configuration.json_values import identical
from agents.configuration.patch import apply_patch
from agents.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agents.configuration.diff import Edit
    from agents.configuration.documents import Content
    from agents.configuration.formats import Format

# Characters times edits: each edit reads the text again. Beyond a second of that, it is a new document.
_MOST: Final = 1_000_000


def edit_text(text: str, format: Format, edits: Sequence[Edit], *, where: str = "") -> str:  # noqa: A002 - as in formats
    """The text after the edits, in their order. JSON has no comments, so it is written anew.

    What an edit replaces whole loses the comments inside it, and a large text with very many edits loses all.
    Raises InvalidError for a text or an edit that is wrong.
    """
    content = parse(text.encode(), format, where=where).content
    if not edits:
        return text
    asked = cast("Content", apply_patch(content, as_patch(edits)))
    if format == "json" or len(text) * len(edits) > _MOST:
        return dump(asked, format)
    if format == "toml" and _says(changed := toml_edit.edited(text, edits), format, asked):
        return changed
    for edit in edits:
        content = cast("Content", apply_patch(content, as_patch([edit])))
        text = yaml_edit.edited(text, edit, content) if format == "yaml" else toml_edit.edited(text, [edit])
        if not _says(text, format, content):
            # A spelling that the edit does not fit into, such as a dotted name whose table grows: written anew.
            text = dump(content, format)
    return text


def _says(text: str, format: Format, content: Content) -> bool:  # noqa: A002 - as in formats
    try:
        return identical(parse(text.encode(), format).content, content)
    except InvalidError:
        return False
