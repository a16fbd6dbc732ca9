"""A deployed stack as the command line works on it: found by its name, opened with the caller's own credentials.

What the API function is told by its environment is what counts here too, so a command stores and checks as the API
does. Who may do what is up to IAM: the caller reaches the tables himself.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from agents.access.policy_document import KEY as POLICY
from agents.adapters import aws
from agents.adapters.dynamodb.configuration import DynamoDbConfigStore
from agents.adapters.dynamodb.instances import DynamoDbInstanceStore
from agents.adapters.dynamodb.table import Table
from agents.adapters.function_settings import read_settings
from agents.bootstrap.common import PLUGINS, now
from agents.bootstrap.function_parts import audit_log
from agents.bootstrap.laptop_home import home_folder
from agents.cli.laptop import Configured
from agents.cli.on_stack import say_where
from agents.cli.owner_record import OwnedLog
from agents.configuration.access_policy import AccessPolicy
from agents.configuration.applied import AppliedStates
from agents.configuration.deployed import deployed_of
from agents.configuration.publish import Publisher
from agents.contract import ALIAS, API, PARAMETER, Env
from agents.errors import InvalidError, NotFoundError, SetupError
from agents.runtime.registry import load_plugins
from agents.supply_chain.policy import CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from agents.configuration.documents import Appended, Draft, LabelMove

PREFIX: Final = "QM_PREFIX"  # the first part of the stack's names, where it is not the one that ships
_SHIPPED_PREFIX: Final = "qm"
_PREFIX: Final = re.compile(r"[a-z][a-z0-9]{1,7}")
_STACK: Final = re.compile(r"(?=.{1,14}$)[a-z][a-z0-9]*(-[a-z0-9]+)*")
_OUTPUT: Final = "api_function"
_RIGHTS: Final = "Sign in to its account and region; docs/configuring-a-stack.md lists the rights that this takes."


class SignedStore(DynamoDbConfigStore):
    """A store to which everything is appended in the name of one author, whoever a draft says it is by."""

    def __init__(self, table: Table, *, tenant: str, author: str) -> None:
        super().__init__(table, tenant=tenant, clock=now, random=random.random)
        self._author = author

    def append(self, items: Sequence[Draft | LabelMove], *, idempotency_key: str = "") -> Appended:
        signed = [replace(item, author=self._author) for item in items]
        return super().append(signed, idempotency_key=idempotency_key)


@dataclass(frozen=True, kw_only=True)
class DeployedStack:
    """A stack that was found. `settings` are the API function's, with its region."""

    name: str
    settings: Mapping[str, str]
    store: SignedStore
    instances: DynamoDbInstanceStore
    audit_log: OwnedLog

    def configured(self, environment: str | None) -> Configured:
        """What `qm config` works on; raises InvalidError for another environment than the stack's."""
        own = self.settings[Env.ENVIRONMENT]
        if environment not in {None, own}:
            raise InvalidError(
                f"the stack {self.name} serves {own!r}, not {environment!r}",
                fix="Name the stack of that environment; `qm config promote --out FILE` carries a version there.",
            )
        registry = load_plugins(PLUGINS)
        policy = AccessPolicy(
            self.store, environment=own, catalogue=CATALOGUE, agents=registry.agents, tools=registry.tools
        )
        return Configured(
            home=home_folder() / "stacks" / self.name,
            publisher=Publisher(
                self.store,
                agents=registry.agents,
                tools=registry.tools,
                environment=own,
                checks={POLICY: policy.check},
                deployed=deployed_of(self.settings),
            ),
            states=AppliedStates(
                store=self.store, instances=self.instances, agents=registry.agents, environment=own, now=now
            ),
            audit_log=self.audit_log,
        )


def find_stack(name: str, environ: Mapping[str, str]) -> DeployedStack:
    """The stack of a name in the account and region that the environment is for; says which these are.

    Raises NotFoundError for none, SetupError for what the caller or the machine lacks, UnavailableError.
    """
    prefix = environ.get(PREFIX) or _SHIPPED_PREFIX
    if not _STACK.fullmatch(name) or not _PREFIX.fullmatch(prefix):
        raise InvalidError(f"there can be no stack {prefix[:32]}/{name[:32]}", fix=f"Check --stack and {PREFIX}.")
    settings = _settings(name, PARAMETER.format(prefix=prefix, environment=name, output=_OUTPUT))
    tenant = settings[Env.TENANT]
    caller = _ask("STS", lambda: aws.client("sts").get_caller_identity())
    author = str(caller["Arn"])
    tables = _ask("DynamoDB", lambda: aws.client("dynamodb"))
    say_where(name, account=caller["Account"], region=tables.meta.region_name, endpoint=tables.meta.endpoint_url)
    table = Table(tables, settings[Env.CONFIGURATION_TABLE])
    return DeployedStack(
        name=name,
        settings=settings,
        store=SignedStore(table, tenant=tenant, author=author),
        instances=DynamoDbInstanceStore(table, tenant=tenant, clock=now),
        audit_log=OwnedLog(log=audit_log(settings, tables), subject=author, rule="IAM of the account", tenant=tenant),
    )


def _settings(stack: str, parameter: str) -> dict[str, str]:
    """What the stack's API function reads, of the version that serves."""

    def function() -> str:
        ssm = aws.client("ssm")
        try:
            return str(ssm.get_parameter(Name=parameter)["Parameter"]["Value"])
        except ssm.exceptions.ParameterNotFound as error:
            raise NotFoundError(
                f"there is no stack {stack!r} in this account and region: no parameter {parameter}",
                fix=f"Check AWS_PROFILE, AWS_REGION and {PREFIX}, or deploy it with `qm up --stack {stack}`.",
            ) from error

    name = _ask("Parameter Store", function)
    functions = _ask("Lambda", lambda: aws.client("lambda"))
    found = _ask("Lambda", lambda: functions.get_function_configuration(FunctionName=name, Qualifier=ALIAS))
    told = found.get("Environment", {})
    if "Error" in told:  # the rest of the answer comes all the same
        raise SetupError(f"the variables of {name} cannot be decrypted by you", fix=_RIGHTS)
    settings = read_settings(told.get("Variables", {}), API)
    return settings | {"AWS_REGION": functions.meta.region_name}


def _ask(what: str, question: Callable[[], Any]) -> Any:  # noqa: ANN401 - boto3 has no types
    """What AWS answers; its errors become ours."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - beside boto3

    try:
        return question()
    except (BotoCoreError, ClientError) as error:
        ours = aws.translate(error, what)
        if ours is None or isinstance(ours, SetupError):
            raise SetupError(f"{what} refuses you: {aws.code(error) or error}", fix=_RIGHTS) from error
        raise ours from error
