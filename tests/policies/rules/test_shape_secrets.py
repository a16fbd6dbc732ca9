"""What `shape-no-plain-secrets` makes of the marks that the SDK puts on secrets."""

from __future__ import annotations

from typing import Final

from google.protobuf import struct_pb2
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from delivery.graph import graph_of
from delivery.recorder import Recording, Registration
from delivery.stack_files import Stack
from policies.rules._resource import Found, NotEvaluated
from policies.rules.shape.no_plain_secrets import no_plain_secrets

KIND: Final = "aws:secretsmanager/secretVersion:SecretVersion"
MARK: Final = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}


def found(properties: dict[str, object]) -> list[object]:
    """What the rule says of a resource that the recorder saw with these inputs."""
    inputs = struct_pb2.Struct()
    inputs.update(properties)
    one = Registration(
        urn=f"urn:pulumi:dev::quartermaster::{KIND}::version",
        type=KIND,
        name="version",
        custom=True,
        parent="",
        provider="",
        inputs=inputs,
        dependencies=(),
        property_dependencies={},
        protect=False,
        retain=False,
        ignore_changes=(),
        aliases=(),
        location="__main__.py:1",
    )
    recording = Recording(
        stack=Stack(name="dev", project="quartermaster", config={}, secret_keys=()),
        registrations=(one,),
        completed=frozenset(),
        assumed=(),
    )
    results = no_plain_secrets.check(graph_of(recording, {}))  # type: ignore[arg-type]  # it is a rule of the graph
    return [result if isinstance(result, NotEvaluated) else result[1] for result in results]


def test_a_marked_secret_is_where_it_belongs() -> None:
    """Marked by the program, at any depth, it is encrypted in the state."""
    assert found({"secretString": {**MARK, "value": "hunter2"}}) == []
    assert found({"details": {**MARK, "value": {"clientSecret": "hunter2"}}}) == []
    assert found({"list": [{"password": {**MARK, "value": "hunter2"}}]}) == []


def test_the_same_text_without_a_mark_is_found_and_not_repeated() -> None:
    """The message names the property."""
    (one,) = found({"details": {"clientSecret": "hunter2"}})
    assert isinstance(one, Found)
    assert one.what == "details.clientSecret"
    assert "hunter2" not in one.message


def test_a_text_that_looks_like_a_key_is_found_anywhere() -> None:
    """Whatever the property is called."""
    (one,) = found({"description": "see AKIA" + "IOSFODNN7EXAMPLE"})
    assert isinstance(one, Found)


def test_an_unknown_in_a_sensitive_property_is_said_not_to_be_known() -> None:
    """And anywhere else it is an output like any other."""
    assert found({"secretString": UNKNOWN_STRING_VALUE, "secretId": UNKNOWN_STRING_VALUE}) == [
        NotEvaluated("version.secretString")
    ]
