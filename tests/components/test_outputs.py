"""What the stack tells about itself: typed, the same in both places, readable by everybody, and no secret among it."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, TypeAlias

import pulumi
import pytest

from agents.contract import FUNCTIONS, TABLES
from agents.errors import InvalidError
from components.naming import Kind, Names
from components.stack_outputs import OUTPUTS, json_schema, read_outputs

if TYPE_CHECKING:
    from collections.abc import Callable

    from delivery.recorder import Recording

Program: TypeAlias = "Callable[..., Recording]"
PARAMETER = "aws:ssm/parameter:Parameter"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
NAMES = Names(prefix="qm", environment="dev", account="123456789012", region="us-east-1")
SAMPLES = {
    "environment": "dev",
    "region": "us-east-1",
    "as_of": "2026-06-30",
    "api_url": "https://abc123.execute-api.us-east-1.amazonaws.com/dev",
    "user_pool_id": "us-east-1_Ab1",
    "user_pool_client_id": "1example",
    "issuer": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Ab1",
    "jwks_url": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Ab1/.well-known/jwks.json",
    "sign_in_url": "https://qm-signin-dev-123456789012.auth.us-east-1.amazoncognito.com",
    **dict.fromkeys(("audit_key", "delegation_key"), "arn:aws:kms:us-east-1:123456789012:key/1234abcd"),
    "alarm_topic": "arn:aws-us-gov:sns:us-gov-west-1:123456789012:qm-alarms-dev",
}
FULL = {name: SAMPLES.get(name, f"{name}-value") for name in OUTPUTS}
NEEDED = {name: value for name, value in FULL.items() if OUTPUTS[name].required}
SOURCE = """
from components.outputs import Outputs, OutputsArgs
from components.stack_outputs import StackOutputs

outputs = Outputs("outputs", OutputsArgs(names=names, values=StackOutputs(**{values!r})), opts)
pulumi.export("parameters", outputs.parameters)
"""


@pytest.mark.must_have("outputs", "Every output is a described, plain parameter under `/{prefix}/{environment}/`")
def test_every_output_is_a_parameter(program: Program) -> None:
    """One standard String for each output, named after it, with what it means and what it must look like."""
    recording = program(SOURCE.format(values=FULL))
    (parent,) = recording.of_type("quartermaster:outputs:Outputs")
    children = [one for one in recording.registrations if one.parent == parent.urn]
    assert Counter(one.type for one in children) == {PARAMETER: len(OUTPUTS)}
    assert parent.urn in recording.completed
    assert {one.values["name"]: one.values["insecureValue"] for one in children} == {
        f"/qm/dev/{name}": value for name, value in FULL.items()
    }
    for one in children:
        assert (one.values["type"], one.values["tier"]) == ("String", "Standard")
        assert len(str(one.values["description"])) > len("Quartermaster: ")
        assert re.fullmatch(str(one.values["allowedPattern"]), str(one.values["insecureValue"]))


def test_a_part_that_the_stack_does_without_has_no_parameter(program: Program) -> None:
    """Parameter Store takes no empty values, and a reader tells absent from empty."""
    recording = program(SOURCE.format(values=NEEDED))
    parameters = recording.of_type(PARAMETER)
    assert {one.values["name"] for one in parameters} == {f"/qm/dev/{name}" for name in NEEDED}


@pytest.mark.must_have("outputs", "What is exported and what is a parameter are the same")
def test_parameters_and_exports_agree(program: Program, capsys: pytest.CaptureFixture[str]) -> None:
    """Who reads `pulumi stack output` and who reads Parameter Store find the same names."""
    told = "from pulumi.runtime import get_root_resource\nprint(*sorted(get_root_resource().outputs))\n"
    recording = program(SOURCE.format(values=NEEDED) + told)
    exported = set(capsys.readouterr().out.split()) - {"parameters"}
    parameters = {str(one.values["name"]).rpartition("/")[2] for one in recording.of_type(PARAMETER)}
    assert exported == parameters == set(NEEDED)


def test_what_only_an_update_knows_stays_unknown(program: Program) -> None:
    """An output of a resource waits for it, and the parameter depends on it."""
    source = SOURCE.format(values=NEEDED).replace("**{", "api_url=topic.arn, **{", 1)
    recording = program('topic = aws.sns.Topic("topic", opts=opts)\n' + source)
    (url,) = (one for one in recording.of_type(PARAMETER) if one.name == "outputs-api-url")
    assert url.values["insecureValue"] == UNKNOWN
    assert [urn.rpartition("::")[2] for urn in url.property_dependencies["insecureValue"]] == ["topic"]


@pytest.mark.must_have("outputs", "A secret is refused before it is written anywhere")
def test_a_secret_is_refused(program: Program) -> None:
    """Not even by mistake does a secret become a stack output or a parameter."""
    source = SOURCE.format(values=NEEDED).replace("**{", 'api_url=pulumi.Output.secret("https://key"), **{', 1)
    with pytest.raises((InvalidError, pulumi.RunError), match="the output api_url is made of a secret"):
        program(source)


def test_every_function_and_table_of_the_contract_is_an_output() -> None:
    """Who adds a function or a table is reminded to tell its name."""
    wanted = {f"{one.name}_function" for one in FUNCTIONS} | {f"{one.name}_table" for one in TABLES}
    assert {name for name in OUTPUTS if name.endswith(("_function", "_table"))} == wanted


@pytest.mark.parametrize("values", [FULL, NEEDED, FULL | {"newer": "x"}], ids=["full", "needed", "newer"])
def test_outputs_are_read_back(values: dict[str, str]) -> None:
    """What was written is read with types, whatever else a newer stack tells."""
    assert read_outputs(values).given() == {name: value for name, value in values.items() if name in OUTPUTS}


def test_everything_wrong_is_said_together() -> None:
    """A stack that is too old for its reader says what is missing, and what is not what it should be."""
    values: dict[str, object] = {**NEEDED, "issuer": "nowhere", "region": 7}
    del values["database"]
    with pytest.raises(InvalidError, match="database is missing") as refused:
        read_outputs(values)
    assert "issuer does not fit" in str(refused.value)
    assert "region does not fit" in str(refused.value)


def test_the_schema_says_what_the_type_says() -> None:
    """Readers in other languages get every name, its meaning and pattern, and which are always there."""
    schema = json.loads(json.dumps(json_schema()))
    assert set(schema["properties"]) == set(OUTPUTS)
    assert set(schema["required"]) == set(NEEDED)
    assert all(one["type"] == "string" and one["description"] for one in schema["properties"].values())
    assert all(re.fullmatch(schema["properties"][name]["pattern"], value) for name, value in FULL.items())


def test_parameters_are_named_by_the_solver() -> None:
    """An output's name can always be a parameter's."""
    assert [NAMES.name(Kind.PARAMETER, name) for name in OUTPUTS] == [f"/qm/dev/{name}" for name in OUTPUTS]
