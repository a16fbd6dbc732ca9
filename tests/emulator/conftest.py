"""One local stack for all tests of this folder, beside the one that the developer may have up."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from agents.errors import SetupError
from delivery import local_stack
from delivery.people import sign_in
from delivery.places import Places
from delivery.post_deploy import USERS, aws_client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass
class Deployed:
    """A stack that is up, and what the command said meanwhile."""

    places: Places
    said: list[str] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)

    def up(self) -> None:
        self.said.clear()
        self.outputs = local_stack.up(self.places, self.said.append)


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    if shutil.which("pulumi") is None:
        pytest.skip("the pulumi CLI is not on PATH")
    places = Places(Places.here().root, kept=tmp_path_factory.mktemp("var"))
    deployed = Deployed(places)
    try:
        yield deployed
    finally:
        local_stack.down(places, deployed.said.append)


@pytest.fixture(scope="module")
def stack(kept: Deployed) -> Deployed:
    """One for all files; what the tests of one file took down is put up again for the next."""
    try:
        local_stack.running_stack(kept.places)
    except SetupError:
        kept.up()
    return kept


@pytest.fixture
def token(stack: Deployed) -> Iterator[Callable[[str], str]]:
    """Signs one of the sample's people in."""
    running, outputs = local_stack.running_stack(stack.places)
    client = aws_client("cognito-idp", running)
    yield lambda subject: sign_in(
        client,
        pool=outputs["user_pool_id"],
        app=outputs["user_pool_client_id"],
        subject=subject,
        kept=stack.places.stack(local_stack.STACK) / USERS,
    )
    client.close()
