"""YAML of stack files: as the engine reads it, refused with its place, and never able to end the process."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.errors import InvalidError
from delivery.stack_files import read_stack
from delivery.yaml_files import MAX_BYTES, MAX_NODES, read_document, read_mapping
from delivery.yaml_scalars import plain

if TYPE_CHECKING:
    from pathlib import Path

BOMB = "a: &a [x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 8)}]\n" for before, name in zip("abcdefg", "bcdefgh", strict=True)
)
CHAIN = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 60))
REFUSED = [
    ("a: 1\nb: 2\na: 3\n", "3:1: the key 'a' stands in line 1 already"),
    ("a:\n  b: {c: 1, d: 2, c: 3}\n", "2:19: the key 'c' stands in line 2 already"),
    ('a: {1: x, "1": y}\n', "1:11: the key '1' stands in line 1 already"),
    ("a: {10: x, 1_0: y}\n", "1:12: the key '10' stands in line 1 already"),
    ("a: 2026-11-21\n", "1:4: the engine would change the date 2026-11-21: put it in quotes"),
    ("a: 9223372036854775808\n", "1:4: the engine would round 9223372036854775808"),
    ("a: .inf\n", "1:4: the engine cannot pass .inf on"),
    ("a: !!python/object:os.system x\n", "1:4: the tag tag:yaml.org,2002:python/object:os.system is not allowed"),
    ("a: !!set {x}\n", "1:4: the tag tag:yaml.org,2002:set is not allowed"),
    ("a: *b\n", "1:4: no anchor &b stands before this"),
    ("a: &b [*b]\n", "1:8: the anchor &b contains itself"),
    ("a: {<<: 3}\n", "1:9: `<<` takes a mapping or a list of mappings"),
    ("a: {null: 3}\n", "1:5: a key must be text or an integer"),
    ("a: {[b]: 3}\n", "1:5: a key must be text or an integer"),
    ("a: 1\n---\na: 2\n", "2:1: the engine reads the first document only"),
    ("[" * 100_000, "1:51: nested deeper than 50 levels"),
    ("{a: " * 60_000, "1:201: nested deeper than 50 levels"),
    (CHAIN, "50:12: nested deeper than 50 levels"),
    (BOMB, f": more than {MAX_NODES} values, aliases written out"),
    ("a: [1\n", "2:1: did not find expected ',' or ']'"),
    ("\ta: 1\n", "1:1: found character that cannot start any token"),
    ("a: " + "x" * MAX_BYTES, " is larger than 256 KiB"),
    ("- a\n", " is not a mapping"),
]


def read(folder: Path, text: str) -> dict[str, object]:
    file = folder / "Pulumi.dev.yaml"
    file.write_text(text)
    return dict(read_mapping(file))


@pytest.mark.parametrize(("text", "problem"), REFUSED, ids=range(len(REFUSED)))
def test_what_is_refused_is_refused_at_its_place(tmp_path: Path, text: str, problem: str) -> None:
    """File, line, column and problem; quickly, whatever the file's aliases stand for."""
    started = time.perf_counter()
    with pytest.raises(InvalidError) as caught:
        read(tmp_path, text)
    assert str(caught.value).startswith("Pulumi.dev.yaml")
    assert problem in str(caught.value)
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"a: caf\xe9\n", "Pulumi.dev.yaml: "), (b"a: \x00\n", "Pulumi.dev.yaml: "), (b"\xff\xfea", "Pulumi.dev.yaml: ")],
)
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes, problem: str) -> None:
    """Bytes that are no UTF-8, and characters that YAML does not allow."""
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_bytes(content)
    with pytest.raises(InvalidError, match=problem):
        read_mapping(file)


def test_what_lies_in_no_file_is_refused(tmp_path: Path) -> None:
    """A missing file and a folder are named."""
    with pytest.raises(InvalidError, match=r"none\.yaml is missing"):
        read_mapping(tmp_path / "none.yaml")
    with pytest.raises(InvalidError, match="cannot be read: Is a directory"):
        read_mapping(tmp_path)


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "null\n"])
def test_an_empty_file_is_an_empty_mapping(tmp_path: Path, text: str) -> None:
    """A stack without settings of its own."""
    assert read(tmp_path, text) == {}


def test_aliases_and_merge_keys_are_written_out(tmp_path: Path) -> None:
    """Own keys win over merged ones, wherever they stand; of several merged the first."""
    text = 'x: &x {b: 1, c: 2}\ny: {<<: [*x, {b: 3, d: 4}], c: 5}\nz: [*x, "no", !!str 12, "a b"]\n'
    assert read(tmp_path, text) == {
        "x": {"b": 1, "c": 2},
        "y": {"b": 1, "c": 5, "d": 4},
        "z": [{"b": 1, "c": 2}, "no", "12", "a b"],
    }


LINES = """\
a:
  b: &b
    c: 1
  d: [x, {e: 2},
      y]
f:
  <<: *b
  g: 3
"h.i": 4
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("a", 1),
        ("a b c", 3),
        ("a d 1 e", 4),
        ("a d 2", 5),
        ("f c", 3),
        ("f g", 8),
        ("h.i", 9),
        ("a z", None),
        ("a d 3", None),
        ("a b c z", None),
    ],
)
def test_a_key_is_found_where_it_stands(tmp_path: Path, path: str, line: int | None) -> None:
    """Also in lists, and what an alias brings in where its anchor stands."""
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text(LINES)
    assert read_document(file).line(path.split()) == line


def test_a_stacks_values_are_text_as_the_engine_writes_it(tmp_path: Path) -> None:
    """Nothing is empty text, a float without a fraction an integer, a structure JSON."""
    (tmp_path / "Pulumi.yaml").write_text("name: q\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(
        "config:\n  q:a: no\n  q:b: yes\n  q:c: 012\n  q:d: 1:30\n  q:e:\n  q:f: 1.0\n  q:g: TRUE\n"
        "  h: {on: [off, ~]}\n"
    )
    assert read_stack(tmp_path, "dev").config == {
        "q:a": "no",
        "q:b": "yes",
        "q:c": "10",
        "q:d": "1:30",
        "q:e": "",
        "q:f": "1",
        "q:g": "true",
        "q:h": '{"on": ["off", null]}',
    }


@given(st.text(alphabet="0123456789+-._xXoObBeEinfaN:Tt~", max_size=12))
def test_no_text_is_too_odd_to_be_read(text: str) -> None:
    """A value, or a refusal that says why."""
    try:
        plain(text)
    except ValueError as error:
        assert str(error).startswith("the engine ")  # noqa: PT017 - most texts raise nothing
