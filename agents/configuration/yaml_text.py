"""YAML written so that readers of YAML 1.1 and 1.2 alike read the same."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents.configuration.documents import Content

_TAG: Final = "tag:yaml.org,2002:"
# Lines of a text that a literal block holds as they are: printable, none with a space at its start or end.
_LINE: Final = r"(?:[!-~\xa1-\u1fff](?:[ -~\xa1-\u1fff]*[!-~\xa1-\u1fff])?)?"
_BLOCK: Final = re.compile(rf"[!-~\xa1-\u1fff](?:{_LINE}\n)+{_LINE}\Z")

_OLD_LINE_BREAKS: Final = re.compile("[\x85\u2028\u2029]")  # of YAML 1.1 only: escaped, no version ends a line there


def write(content: Mapping[str, Any] | Content) -> str:
    """The content in block style, names in their order, texts of several lines as literal blocks."""
    import yaml  # noqa: PLC0415 - who writes JSON does not pay for it

    if not content:
        return "{}\n"
    return str(
        yaml.dump(content, Dumper=_dumper(), sort_keys=False, allow_unicode=True, default_flow_style=False, width=100)
    )


def _style(value: str) -> str | None:
    """How a text is quoted; None leaves it to the emitter."""
    if not value.isascii() and _OLD_LINE_BREAKS.search(value):
        return '"'
    return "|" if "\n" in value and _BLOCK.match(value) else None


@cache
def _dumper() -> Any:  # noqa: ANN401 - untyped upstream
    import yaml  # noqa: PLC0415 - as above

    class Dumper(yaml.CSafeDumper):
        """Quotes what either version of YAML would read as anything but text."""

        def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the name is PyYAML's
            return True

    def text(dumper: Any, value: str) -> Any:  # noqa: ANN401 - untyped upstream
        return dumper.represent_scalar(f"{_TAG}str", value, style=_style(value))

    def number(dumper: Any, value: float) -> Any:  # noqa: ANN401 - untyped upstream
        said = repr(value)
        return dumper.represent_scalar(f"{_TAG}float", said if "." in said else said.replace("e", ".0e"))

    Dumper.add_representer(str, text)
    Dumper.add_representer(float, number)
    # Beside the resolvers of YAML 1.1 that PyYAML has, what only 1.2 reads as a number.
    for kind, pattern in (
        ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"),
        ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"),
        ("timestamp", r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*"),
    ):
        Dumper.add_implicit_resolver(f"{_TAG}{kind}", re.compile(rf"(?:{pattern})\Z", re.DOTALL), list("-+.0123456789"))
    return Dumper
