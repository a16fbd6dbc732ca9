"""Edits in a TOML text, by tomlkit, which keeps comments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agents.configuration.json_pointer import parts
from agents.configuration.toml_text import value_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agents.configuration.diff import Edit
    from agents.json_value import Json


def edited(text: str, edits: Sequence[Edit]) -> str:
    """The text after the edits. `formats_edit` checks what it says, and so does not depend on tomlkit's care.

    A text that tomlkit cannot change comes back as it is.
    """
    import tomlkit  # noqa: PLC0415 - only an edit pays for it
    from tomlkit.exceptions import TOMLKitError  # noqa: PLC0415 - as above

    try:
        document = tomlkit.parse(text)
        for edit in edits:
            *before, last = parts(edit.path)
            above: Any = document
            for name in before:
                above = above[int(name) if isinstance(above, list) else name]
            _change(above, last, edit)
        return tomlkit.dumps(document)
    except (TOMLKitError, LookupError, TypeError, ValueError, AttributeError):
        return text


def _change(above: Any, name: str, edit: Edit) -> None:  # noqa: ANN401 - tomlkit's containers
    if isinstance(above, list):
        if edit.op == "remove":
            del above[int(name)]
        elif edit.op == "add":
            above.insert(len(above) if name == "-" else int(name), _item(edit.new))
        else:
            above[int(name)] = _item(edit.new)
    elif edit.op == "remove":
        del above[name]
    elif name in above:
        comment = getattr(getattr(above[name], "trivia", None), "comment", "")
        above[name] = _item(edit.new)
        if comment and not isinstance(edit.new, dict):
            above[name].comment(comment.lstrip("# "))
    else:
        above[name] = _item(edit.new)


def _item(value: Json) -> Any:  # noqa: ANN401 - as above
    """The value as tomlkit holds it, spelled as we write it."""
    import tomlkit  # noqa: PLC0415 - as above

    if isinstance(value, dict):
        table = tomlkit.table()
        for name, inner in value.items():
            table.append(tomlkit.key(name), _item(inner))
        return table
    return tomlkit.value(value_text(value))
