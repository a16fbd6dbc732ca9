"""The rotation function's steps against the Secrets Manager of the embedded emulator.

Its `rotate_secret` calls no function, so a test stages the version and calls the steps in their order.
"""

from __future__ import annotations

import base64
import itertools
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from agents.adapters.secret_rotation import KEY_BYTES, SecretRotation
from agents.errors import InvalidError, SetupError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.emulator
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
_names = itertools.count()


@pytest.fixture(scope="module")
def client(aws: dict[str, str]) -> Iterator[Any]:
    client = boto3.client("secretsmanager", **aws)
    yield client
    client.close()


@pytest.fixture
def random() -> Callable[[int], bytes]:
    """Other bytes at each call, so that a key that was made twice shows."""
    calls = itertools.count(1)
    return lambda size: bytes([next(calls)]) * size


@pytest.fixture
def rotation(client: Any, random: Callable[[int], bytes]) -> SecretRotation:  # noqa: ANN401 - boto3 has no types
    return SecretRotation(client, random=random)


@pytest.fixture
def secret(client: Any) -> str:  # noqa: ANN401 - boto3 has no types
    """A secret with rotation turned on and without any value, as the stack makes it."""
    name = f"secret-{next(_names)}"
    client.create_secret(Name=name)
    made = client.rotate_secret(SecretId=name, RotationLambdaARN="arn:aws:lambda:us-east-1:000000000000:function:r")
    # The emulator puts an empty version in use here; AWS leaves the secret without one.
    client.update_secret_version_stage(SecretId=name, VersionStage="AWSCURRENT", RemoveFromVersionId=made["VersionId"])
    return name


def stage(client: Any, secret: str) -> str:  # noqa: ANN401 - boto3 has no types
    """What AWS does before the first step: a version that has a label and no value."""
    token = str(uuid.uuid4())
    client.put_secret_value(SecretId=secret, ClientRequestToken=token, VersionStages=["AWSPENDING"])
    return token


def run(rotation: SecretRotation, step: str, secret: str, token: str) -> None:
    rotation.run({"Step": step, "SecretId": secret, "ClientRequestToken": token})


def current(client: Any, secret: str) -> tuple[str, bytes]:  # noqa: ANN401 - boto3 has no types
    value = client.get_secret_value(SecretId=secret)
    return value["VersionId"], base64.b64decode(value["SecretString"])


def stages(client: Any, secret: str) -> dict[str, list[str]]:  # noqa: ANN401 - boto3 has no types
    found: dict[str, list[str]] = client.describe_secret(SecretId=secret)["VersionIdsToStages"]
    return found


def test_a_secret_that_never_had_a_value_gets_a_key(client: Any, rotation: SecretRotation, secret: str) -> None:  # noqa: ANN401 - boto3 has no types
    """The first rotation is what fills it: the stack never sees the key."""
    token = stage(client, secret)
    for step in STEPS:
        run(rotation, step, secret, token)
    assert current(client, secret) == (token, bytes([1]) * KEY_BYTES)


def test_a_key_is_replaced_and_the_old_one_stays_readable(client: Any, rotation: SecretRotation, secret: str) -> None:  # noqa: ANN401 - boto3 has no types
    """Whoever holds a token signed with the old key can still verify it until the next rotation."""
    first = stage(client, secret)
    for step in STEPS:
        run(rotation, step, secret, first)
    second = stage(client, secret)
    for step in STEPS[:3]:
        run(rotation, step, secret, second)
        assert current(client, secret)[0] == first, "the new key is not in use before the last step"
    run(rotation, STEPS[3], secret, second)
    assert current(client, secret) == (second, bytes([2]) * KEY_BYTES)
    assert "AWSPREVIOUS" in stages(client, secret)[first]


@pytest.mark.parametrize("times", [2, 3])
def test_a_step_that_comes_again_changes_nothing(
    client: Any,  # noqa: ANN401 - boto3 has no types
    rotation: SecretRotation,
    secret: str,
    times: int,
) -> None:
    """Each step is retried by Secrets Manager; the key that was made first is the one."""
    token = stage(client, secret)
    for step in STEPS:
        for _ in range(times):
            run(rotation, step, secret, token)
    assert current(client, secret) == (token, bytes([1]) * KEY_BYTES)
    for step in STEPS:  # also long after, all over
        run(rotation, step, secret, token)
    assert current(client, secret) == (token, bytes([1]) * KEY_BYTES)


def test_the_last_step_at_the_same_time_is_done_once(client: Any, rotation: SecretRotation, secret: str) -> None:  # noqa: ANN401 - boto3 has no types
    """Both calls end well, and there is one version in use."""
    token = stage(client, secret)
    for step in STEPS[:3]:
        run(rotation, step, secret, token)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: run(rotation, "finishSecret", secret, token), range(8)))
    assert current(client, secret)[0] == token
    assert sum("AWSCURRENT" in labels for labels in stages(client, secret).values()) == 1


def test_a_version_that_was_not_staged_is_refused(client: Any, rotation: SecretRotation, secret: str) -> None:  # noqa: ANN401 - boto3 has no types
    """Whoever may invoke the function still cannot make it write a version of his own."""
    stage(client, secret)
    for step in STEPS:
        with pytest.raises(InvalidError, match="no rotation of"):
            run(rotation, step, secret, str(uuid.uuid4()))


def test_a_secret_without_rotation_is_refused(client: Any, rotation: SecretRotation) -> None:  # noqa: ANN401 - boto3 has no types
    """Secrets that people fill are none of its business."""
    client.create_secret(Name="of-people", SecretString="theirs")
    with pytest.raises(InvalidError, match="rotation is not turned on"):
        run(rotation, "createSecret", "of-people", str(uuid.uuid4()))
    assert client.get_secret_value(SecretId="of-people")["SecretString"] == "theirs"


def test_a_version_without_a_key_does_not_get_into_use(client: Any, rotation: SecretRotation, secret: str) -> None:  # noqa: ANN401 - boto3 has no types
    """The third step fails, so Secrets Manager never asks for the last one."""
    empty, wrong = stage(client, secret), str(uuid.uuid4())
    client.put_secret_value(
        SecretId=secret, ClientRequestToken=wrong, SecretString="not a key", VersionStages=["AWSPENDING"]
    )
    for token in (empty, wrong):
        with pytest.raises(SetupError, match="holds no key of 32 bytes") as caught:
            run(rotation, "testSecret", secret, token)
        assert "not a key" not in str(caught.value)


def test_a_secret_that_is_not_there_is_a_matter_of_setup(rotation: SecretRotation) -> None:
    """Trying again would not help."""
    with pytest.raises(SetupError):
        run(rotation, "createSecret", "nowhere", str(uuid.uuid4()))


@pytest.mark.parametrize(
    "event", [None, [], {}, {"Step": "createSecret"}, {"Step": "other", "SecretId": "s", "ClientRequestToken": "t"}]
)
def test_what_is_no_step_is_refused(rotation: SecretRotation, event: object) -> None:
    """A person who invokes the function by hand is told how a rotation begins."""
    with pytest.raises(InvalidError, match="rotate-secret"):
        rotation.run(event)
