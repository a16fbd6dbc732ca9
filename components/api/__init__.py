"""The way in: a REST API with one method for each route of the contract, behind our authoriser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from agents.contract import ROUTES
from components.naming import Kind

from .authoriser import SETTINGS, AuthoriserArgs, make_authoriser
from .cors import PreflightArgs, choice, make_preflight, preflight_headers
from .domain import DomainArgs, make_domain
from .methods import TIMEOUT_MS, MethodsArgs, make_methods
from .models import BODIES
from .responses import ANSWERS, make_responses
from .routes import revision, tree, verbs_of
from .stage import StageArgs, make_stage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from components.naming import Names


def deployed(origins: Sequence[str], *, closed: bool) -> dict[str, object]:
    """All that a deployment freezes besides the routes: when it changes, a new one must be made."""
    return {
        "authoriser": SETTINGS,
        "timeout_ms": TIMEOUT_MS,
        "bodies": [
            [*route, kind, body.schema] for route, bodies in sorted(BODIES.items()) for kind, body in bodies.items()
        ],
        "answers": [(one.kind, one.status, one.template, one.parameters(origins)) for one in ANSWERS],
        "preflight": [preflight_headers((), origins), choice(origins)] if origins else [],
        "closed": closed,
    }


@dataclass(frozen=True, kw_only=True)
class ApiArgs:
    names: Names
    authoriser_name: pulumi.Input[str]
    authoriser_invoke_arn: pulumi.Input[str]  # of its alias, which has the same name
    function_name: pulumi.Input[str]
    alias: pulumi.Input[str]  # the alias of the function that serves; only it may be invoked
    invoke_arn: pulumi.Input[str]  # of the alias
    throttle: int  # requests a second
    burst: int
    quota: int  # requests a day of one API key, which no method asks for; 0: no limit
    tracing: bool
    origins: Sequence[str]  # web pages that may call the API
    domain: str  # a host name of yours; empty: the one that API Gateway gives
    certificate: str  # ARN; with a domain
    retention_days: int
    logs_key: pulumi.Input[str]  # ARN
    emulator: str | None  # where the emulator listens, when there is one


class Api(pulumi.ComponentResource):
    """A regional REST API; every method has an authoriser, a checked request, a throttle and a line in the access log.

    Edge stands before its stage; people and `qm` take its URL.
    """

    api: str  # physical name; metrics carry it
    url: pulumi.Output[str]
    stage_arn: pulumi.Output[str]
    domain_target: pulumi.Output[str]  # where the record of your host name must point to; empty without one
    domain_zone: pulumi.Output[str]  # hosted zone of that target

    def __init__(self, name: str, args: ApiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("quartermaster:api:Api", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.api = args.names.name(Kind.API, "api")
        closed = bool(args.domain)
        rest = aws.apigateway.RestApi(
            f"{name}-rest",
            name=self.api,
            description="Questions to the agents, their configuration, and who may do what",
            endpoint_configuration={"types": "REGIONAL"},
            disable_execute_api_endpoint=closed,  # or there would be a second way in, beside the domain
            opts=child,
        )
        authoriser, may_ask = make_authoriser(
            f"{name}-authoriser",
            AuthoriserArgs(
                names=args.names,
                rest_api=rest,
                function_name=args.authoriser_name,
                alias=args.alias,
                invoke_arn=args.authoriser_invoke_arn,
            ),
            child,
        )
        resources = self._resources(name, rest)
        methods = make_methods(
            name,
            MethodsArgs(
                rest_api=rest.id,
                resources=resources,
                authoriser=authoriser.id,
                invoke_arn=args.invoke_arn,
                emulated=bool(args.emulator),
            ),
            child,
        )
        deployment = aws.apigateway.Deployment(
            f"{name}-deployment",
            rest_api=rest.id,
            triggers={
                "revision": revision(ROUTES, deployed(args.origins, closed=closed)),
                "authoriser": authoriser.id,
                "authoriser_function": args.authoriser_invoke_arn,
                "function": args.invoke_arn,
            },
            # A stage serves what is there when the deployment is made; the engine makes the next before it
            # deletes the last, so the stage is never without one.
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[
                    may_ask,
                    *methods,
                    *make_responses(name, rest.id, args.origins, child),
                    *self._preflights(name, args, rest, resources),
                ],
            ),
        )
        self._serve(name, args, rest, deployment)
        self.register_outputs({"url": self.url, "stage_arn": self.stage_arn, "domain_target": self.domain_target})

    def _serve(
        self, name: str, args: ApiArgs, rest: aws.apigateway.RestApi, deployment: aws.apigateway.Deployment
    ) -> None:
        """The stage, who may invoke the function from it, and under which name it is found."""
        child = pulumi.ResourceOptions(parent=self)
        stage = make_stage(
            name,
            StageArgs(
                names=args.names,
                api=self.api,
                rest_api=rest.id,
                deployment=deployment.id,
                throttle=args.throttle,
                burst=args.burst,
                quota=args.quota,
                tracing=args.tracing,
                retention_days=args.retention_days,
                logs_key=args.logs_key,
                emulated=bool(args.emulator),
            ),
            child,
        )
        aws.lambda_.Permission(
            f"{name}-permission",
            action="lambda:InvokeFunction",
            function=args.function_name,
            qualifier=args.alias,
            principal="apigateway.amazonaws.com",
            source_arn=pulumi.Output.concat(rest.execution_arn, "/", args.names.environment, "/*/*"),
            # The alias is given by its name; what is deployed has waited for it to be there.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[deployment]),
        )
        self.stage_arn = stage.arn
        self.url = stage.invoke_url
        self.domain_target = self.domain_zone = pulumi.Output.from_input("")
        if args.domain:
            found = make_domain(
                f"{name}-domain",
                DomainArgs(
                    domain=args.domain,
                    certificate=args.certificate,
                    rest_api=rest.id,
                    stage=stage.stage_name,
                ),
                child,
            )
            self.url = pulumi.Output.from_input(f"https://{args.domain}")
            self.domain_target, self.domain_zone = found.target, found.zone
        if args.emulator:
            self.url = pulumi.Output.concat(
                args.emulator, "/restapis/", rest.id, "/", stage.stage_name, "/_user_request_"
            )

    def _resources(self, name: str, rest: aws.apigateway.RestApi) -> Mapping[str, pulumi.Input[str]]:
        """Path -> id of its resource, of every path on the way to a route."""
        identifiers: dict[str, pulumi.Input[str]] = {"": rest.root_resource_id}
        for node in tree(ROUTES):
            identifiers[node.path] = aws.apigateway.Resource(
                f"{name}-{node.name}",
                rest_api=rest.id,
                parent_id=identifiers[node.parent],
                path_part=node.part,
                opts=pulumi.ResourceOptions(parent=self),
            ).id
        return identifiers

    def _preflights(
        self, name: str, args: ApiArgs, rest: aws.apigateway.RestApi, resources: Mapping[str, pulumi.Input[str]]
    ) -> list[pulumi.Resource]:
        """Without origins there are none, and browsers let no page of another origin in."""
        if not args.origins:
            return []
        nodes = {node.path: node for node in tree(ROUTES)}
        return [
            part
            for path, verbs in verbs_of(ROUTES).items()
            for part in make_preflight(
                f"{name}-options-{nodes[path].name}",
                PreflightArgs(rest_api=rest.id, resource=resources[path], verbs=verbs, origins=args.origins),
                pulumi.ResourceOptions(parent=self),
            )
        ]
