"""What the stack tells about itself, where others look: the stack's outputs and Parameter Store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from .naming import Kind
from .stack_outputs import OUTPUTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .naming import Names
    from .stack_outputs import StackOutputs


async def _refuse_secret(name: str, value: pulumi.Output[str]) -> None:
    if await value.is_secret():
        raise pulumi.RunError(f"the output {name} is made of a secret; outputs are read by everybody, leave it out")


def open_value(name: str, value: pulumi.Input[str]) -> pulumi.Output[str]:
    """The same value, unless it is secret: the deployment then ends before it is written anywhere."""
    output = pulumi.Output.from_input(value)
    checked: pulumi.Output[str] = pulumi.Output.all(output, _refuse_secret(name, output)).apply(lambda both: both[0])
    return checked


@dataclass(frozen=True, kw_only=True)
class OutputsArgs:
    names: Names
    values: StackOutputs[pulumi.Input[str]]


class Outputs(pulumi.ComponentResource):
    """Every output of the stack, exported and kept as a plain parameter under `/{prefix}/{environment}/`."""

    parameters: Mapping[str, str]  # output -> name of its parameter

    def __init__(self, name: str, args: OutputsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("quartermaster:outputs:Outputs", name, {}, opts)
        self.parameters = {output: args.names.name(Kind.PARAMETER, output) for output in args.values.given()}
        for output, given in args.values.given().items():
            value = open_value(output, given)
            pulumi.export(output, value)
            aws.ssm.Parameter(
                f"{name}-{output.replace('_', '-')}",
                name=self.parameters[output],
                description=f"Quartermaster: {OUTPUTS[output].description}",
                type="String",
                tier="Standard",
                allowed_pattern=OUTPUTS[output].pattern,
                insecure_value=value,  # shown in previews, which `value` is not
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({"parameters": self.parameters})
