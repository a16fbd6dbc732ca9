"""The components' page says what tests hold, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from delivery.component_docs import FILE, components, must_haves, page

if TYPE_CHECKING:
    from pathlib import Path


def test_the_page_is_what_the_tests_say() -> None:
    """Run `python -m delivery.component_docs` when this fails."""
    assert FILE.read_text() == page()


def test_every_component_has_must_haves_and_says_what_it_is() -> None:
    """A component without one could lose everything unnoticed."""
    held = {one.component for one in must_haves()}
    assert {name for name in components() if name not in held} == set()
    assert all(components().values())


def test_marks_are_read_with_their_test(tmp_path: Path) -> None:
    """A marked function is listed under its component; an unmarked one is not."""
    (tmp_path / "test_x.py").write_text(
        '@pytest.mark.must_have("data", "Tables are encrypted")\ndef test_a(): ...\ndef test_b(): ...\n'
    )
    (only,) = must_haves(tmp_path)
    assert (only.component, only.sentence, only.test) == ("data", "Tables are encrypted", "test_x.py::test_a")
