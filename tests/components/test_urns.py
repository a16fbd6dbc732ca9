"""No resource of a deployed stack is deleted because somebody renamed it."""

from __future__ import annotations

from pathlib import Path

import pytest

from delivery.recorder import record
from delivery.stack_files import read_stack, stack_names
from delivery.urns import lost

ROOT = Path(__file__).parents[2]
LISTS = Path(__file__).parent / "urns"


@pytest.mark.parametrize("stack", stack_names(ROOT))
def test_what_was_deployed_is_still_there(stack: str) -> None:
    """A URN that is gone needs an alias, or `python -m delivery.urns` and a reviewer who agrees to its deletion."""
    listed = (LISTS / f"{stack}.txt").read_text().splitlines()
    recording = record(ROOT, read_stack(ROOT, stack))
    assert lost(tuple(listed), recording) == ()
    assert {one.urn for one in recording.registrations} <= set(listed), "new resources: run `python -m delivery.urns`"
