"""The way in."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, TypeAlias

import pytest

from agents.api.errors import STATUS
from agents.contract import ROUTE_SCOPES, ROUTES, SCOPES
from components.api import deployed
from components.api.cors import choice, preflight_headers
from components.api.models import (
    ASK,
    JSON,
    JSON_PATCH,
    MERGE_PATCH,
    models,
    parameters,
)
from components.api.responses import ANSWERS
from components.api.routes import tree
from components.api.stage import CHANGES, method_path
from delivery.sdk_types import unknown_properties

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from delivery.recorder import Recording, Registration

Program: TypeAlias = "Callable[..., Recording]"
ONE = ("https://planning.example.com",)
TWO = (*ONE, "https://stock.example.com:8443")
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/abc"
SOURCE = """
from components.api import Api, ApiArgs

api = Api(
    "api",
    ApiArgs(
        names=names,
        authoriser_name="qm-authoriser-dev",
        authoriser_invoke_arn="arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/a:live/invocations",
        function_name="qm-api-dev",
        alias="live",
        invoke_arn="arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/f:live/invocations",
        throttle={throttle},
        burst=40,
        quota={quota},
        tracing={tracing},
        origins={origins},
        domain={domain!r},
        certificate={certificate!r},
        retention_days=7,
        logs_key="arn:aws:kms:key",
        emulator=None,
    ),
    opts,
)
pulumi.export("url", api.url)
"""
CHILDREN = {
    "aws:apigateway/authorizer:Authorizer": 1,
    "aws:apigateway/deployment:Deployment": 1,
    "aws:apigateway/integration:Integration": len(ROUTES),
    "aws:apigateway/method:Method": len(ROUTES),
    "aws:apigateway/methodSettings:MethodSettings": 1 + len(CHANGES),
    "aws:apigateway/model:Model": len(models()),
    "aws:apigateway/requestValidator:RequestValidator": 2,
    "aws:apigateway/resource:Resource": len(tree(ROUTES)),
    "aws:apigateway/response:Response": len(ANSWERS),
    "aws:apigateway/restApi:RestApi": 1,
    "aws:apigateway/stage:Stage": 1,
    "aws:apigateway/usagePlan:UsagePlan": 1,
    "aws:cloudwatch/logGroup:LogGroup": 1,
    "aws:lambda/permission:Permission": 2,
}
PATHS = len({path for _, path in ROUTES})
PREFLIGHT = {
    "aws:apigateway/integration:Integration": PATHS,
    "aws:apigateway/integrationResponse:IntegrationResponse": PATHS,
    "aws:apigateway/method:Method": PATHS,
    "aws:apigateway/methodResponse:MethodResponse": PATHS,
}
DOMAIN = {"aws:apigateway/domainName:DomainName": 1, "aws:apigateway/basePathMapping:BasePathMapping": 1}


def built(
    program: Program,
    *,
    throttle: int = 20,
    quota: int = 0,
    tracing: bool = True,
    origins: tuple[str, ...] = (),
    domain: str = "",
) -> Recording:
    """An API with these settings."""
    certificate = CERTIFICATE if domain else ""
    return program(
        SOURCE.format(
            throttle=throttle,
            quota=quota,
            tracing=tracing,
            origins=origins,
            domain=domain,
            certificate=certificate,
        )
    )


def children(recording: Recording) -> list[Registration]:
    (component,) = recording.of_type("quartermaster:api:Api")
    return [one for one in recording.registrations if one.parent == component.urn]


def named(recording: Recording, name: str) -> Registration:
    return next(one for one in recording.registrations if one.name == name)


def settings(recording: Recording, name: str) -> Mapping[str, object]:
    found = named(recording, name).values["settings"]
    assert isinstance(found, dict)
    return found


@pytest.mark.must_have("api", "One method for each route of the contract, and nothing that was not asked for")
@pytest.mark.parametrize(
    ("origins", "domain", "more"),
    [((), "", {}), (ONE, "", PREFLIGHT), (TWO, "agents.example.com", {**PREFLIGHT, **DOMAIN})],
)
def test_an_api_has_exactly_its_parts(
    program: Program, origins: tuple[str, ...], domain: str, more: dict[str, int]
) -> None:
    """Preflights where pages may call, a domain where there is one."""
    recording = built(program, origins=origins, domain=domain)
    assert Counter(one.type for one in children(recording)) == Counter(CHILDREN) + Counter(more)
    assert all(one.name.startswith("api-") for one in children(recording))
    strangers = {one.name: list(unknown_properties(one.type, one.values)) for one in children(recording)}
    assert {name: found for name, found in strangers.items() if found} == {}
    (component,) = recording.of_type("quartermaster:api:Api")
    assert component.urn in recording.completed


@pytest.mark.must_have("api", "Every route has the authoriser; only a browser's preflight has none")
def test_every_route_has_the_authoriser(program: Program) -> None:
    """The one of this API. Which scope a route asks for is in the function, where machines have scopes too."""
    recording = built(program, origins=ONE)
    authoriser = named(recording, "api-authoriser").urn
    found = 0
    for one in recording.of_type("aws:apigateway/method:Method"):
        if one.values["httpMethod"] == "OPTIONS":
            assert one.values["authorization"] == "NONE"
        else:
            assert one.values["authorization"] == "CUSTOM"
            assert one.property_dependencies["authorizerId"] == (authoriser,)
            found += 1
    assert found == len(ROUTES)


@pytest.mark.must_have("api", "The authoriser is asked for each request, and its function by nobody else")
def test_the_authoriser_keeps_no_verdict(program: Program) -> None:
    """A key that was revoked must not pass for as long as a verdict is kept."""
    recording = built(program)
    authoriser, permission = named(recording, "api-authoriser"), named(recording, "api-authoriser-permission")
    assert authoriser.values["type"] == "REQUEST"
    assert authoriser.values["authorizerResultTtlInSeconds"] == 0
    assert authoriser.values["identitySource"] == "method.request.header.Authorization"
    assert str(authoriser.values["authorizerUri"]).endswith("functions/a:live/invocations")
    assert (permission.values["function"], permission.values["qualifier"]) == ("qm-authoriser-dev", "live")
    assert set(permission.property_dependencies["sourceArn"]) == {named(recording, "api-rest").urn, authoriser.urn}
    assert permission.urn in named(recording, "api-deployment").dependencies


@pytest.mark.must_have("api", "A body is checked before a function is paid for it, unless it is YAML or TOML")
def test_routes_with_a_body_have_a_model(program: Program) -> None:
    """The models are those of the route, whatever its content type says; path parameters are required everywhere."""
    recording = built(program)
    checks = {
        name: named(recording, f"api-checks-{name}").values["validateRequestBody"] for name in ("body", "parameters")
    }
    assert checks == {"body": True, "parameters": False}
    ask = named(recording, "api-post-v1-ask")
    assert ask.values["requestModels"] == {"$default": "Ask"}
    assert ask.property_dependencies["requestValidatorId"] == (named(recording, "api-checks-body").urn,)
    read = named(recording, "api-get-v1-configs-kind-name")
    assert "requestModels" not in read.values
    assert read.property_dependencies["requestValidatorId"] == (named(recording, "api-checks-parameters").urn,)
    assert read.values["requestParameters"] == {"method.request.path.kind": True, "method.request.path.name": True}
    schema = json.loads(str(named(recording, "api-model-ask").values["schema"]))
    assert schema == ASK.schema
    patch = named(recording, "api-patch-v1-configs-kind-name")
    assert patch.values["requestModels"] == {JSON_PATCH: "JsonPatch", MERGE_PATCH: "Object", JSON: "Object"}


@pytest.mark.must_have("api", "What the gateway refuses is answered as a problem with the app's codes")
def test_refusals_are_problems(program: Program) -> None:
    """The body is JSON once the gateway has put its words in; status and code agree with the app's table."""
    for answer in ANSWERS:
        problem = json.loads(answer.template)
        assert problem["code"] in STATUS
        assert problem["type"] == f"urn:quartermaster:problem:{problem['code']}"
        assert problem.get("status") == answer.status
        assert problem["problems"][0]["fix"]
    recording = built(program)
    for one in recording.of_type("aws:apigateway/response:Response"):
        headers = one.values["responseParameters"]
        assert isinstance(headers, dict)
        assert headers["gatewayresponse.header.Content-Type"] == "'application/problem+json'"
    statuses = {answer.kind: answer.status for answer in ANSWERS}
    assert {statuses[kind] for kind in ("UNAUTHORIZED", "EXPIRED_TOKEN", "ACCESS_DENIED")} == {401}
    assert statuses["AUTHORIZER_FAILURE"] == 503
    assert statuses["MISSING_AUTHENTICATION_TOKEN"] == 404
    assert statuses["THROTTLED"] == statuses["QUOTA_EXCEEDED"] == 429


@pytest.mark.must_have("api", "Only the function's serving version is called, and only by this stage")
def test_the_alias_is_called(program: Program) -> None:
    """The permission is for the alias, and for requests that came through the stage."""
    recording = built(program)
    permission = named(recording, "api-permission")
    assert permission.values["qualifier"] == "live"
    assert permission.property_dependencies["sourceArn"] == (named(recording, "api-rest").urn,)
    assert named(recording, "api-deployment").urn in permission.dependencies  # which waits for the alias
    integrations = recording.of_type("aws:apigateway/integration:Integration")
    assert {str(one.values["uri"]).partition("functions/")[2] for one in integrations} == {"f:live/invocations"}


@pytest.mark.must_have("api", "All callers together have a limit, and changes of documents and keys a smaller one")
@pytest.mark.parametrize(("throttle", "changes"), [(3, 3), (20, 5)])
def test_requests_are_throttled(program: Program, throttle: int, changes: int) -> None:
    """A method's own settings replace those of all methods, so they repeat what must hold."""
    recording = built(program, throttle=throttle)
    every = settings(recording, "api-throttle")
    assert (every["throttlingRateLimit"], every["throttlingBurstLimit"]) == (throttle, 40)
    for name, route in CHANGES.items():
        few = settings(recording, f"api-throttle-{name}")
        assert (few["throttlingRateLimit"], few["throttlingBurstLimit"]) == (changes, changes)
        assert named(recording, f"api-throttle-{name}").values["methodPath"] == method_path(*route)
    assert method_path(*CHANGES["publish"]) == "v1/configs/{kind}/{name}/PUT"
    # A question, a check of a document and what an instance says of itself change no document.
    others = {"/v1/ask", "/v1/configs/{kind}/{name}/validate", "/v1/instances"}
    assert set(CHANGES.values()) == {route for route in ROUTES if route[0] != "GET" and route[1] not in others}
    plan = named(recording, "api-plan").values
    assert plan["name"] == "qm-callers-dev"
    assert plan["throttleSettings"] == {"rateLimit": throttle, "burstLimit": 40}


@pytest.mark.must_have("api", "No answer is cached and no question is logged; who asked which route is")
def test_logs_hold_no_questions_and_nothing_is_cached(program: Program) -> None:
    """An answer belongs to the person who asked."""
    recording = built(program)
    for name in ("api-throttle", *(f"api-throttle-{change}" for change in CHANGES)):
        found = settings(recording, name)
        assert (found["cachingEnabled"], found["dataTraceEnabled"], found["loggingLevel"]) == (False, False, "OFF")
    access = named(recording, "api-stage").values["accessLogSettings"]
    assert isinstance(access, dict)
    assert "$context.authorizer.principalId" in access["format"]
    (logs,) = recording.of_type("aws:cloudwatch/logGroup:LogGroup")
    assert (logs.values["retentionInDays"], logs.values["kmsKeyId"]) == (7, "arn:aws:kms:key")


def test_a_quota_is_set_only_where_there_is_one(program: Program) -> None:
    """0 means none; the API has no quota of zero requests."""
    assert "quotaSettings" not in named(built(program), "api-plan").values
    assert named(built(program, quota=1_000), "api-plan").values["quotaSettings"] == {"limit": 1_000, "period": "DAY"}


@pytest.mark.parametrize("tracing", [True, False])
def test_the_stage_is_traced_as_the_settings_say(program: Program, *, tracing: bool) -> None:
    """X-Ray costs, and is not everywhere."""
    assert named(built(program, tracing=tracing), "api-stage").values["xrayTracingEnabled"] is tracing


@pytest.mark.must_have("api", "Pages of the configured origins may call, and of no other")
def test_a_preflight_names_its_origin() -> None:
    """One origin is answered as it is; of several, the one that asks, and the first to a stranger."""
    headers = preflight_headers(("PUT", "GET"), ONE)
    assert headers["Access-Control-Allow-Origin"] == ONE[0]
    assert headers["Access-Control-Allow-Methods"] == "GET,OPTIONS,PUT"
    assert "Authorization" in headers["Access-Control-Allow-Headers"]
    assert "Vary" not in headers
    assert choice(ONE) == ""
    assert preflight_headers((), TWO)["Vary"] == "Origin"
    assert re.findall(r'\$origin == "([^"]*)"', choice(TWO)) == list(TWO)
    assert "*" not in " ".join([*headers.values(), choice(TWO)])


def test_a_page_reads_the_gateways_problems_too(program: Program) -> None:
    """For one origin; a gateway's own answer cannot choose of several, and then names none."""
    header = "gatewayresponse.header.Access-Control-Allow-Origin"
    for origins, expected in (((), None), (ONE, f"'{ONE[0]}'"), (TWO, None)):
        (answer, *_) = built(program, origins=origins).of_type("aws:apigateway/response:Response")
        headers = answer.values["responseParameters"]
        assert isinstance(headers, dict)
        assert headers.get(header) == expected


@pytest.mark.must_have("api", "With a domain there is no second way in, and it takes TLS 1.2 or newer")
def test_a_domain_is_the_only_way_in(program: Program) -> None:
    """The name that API Gateway gives is switched off; the certificate is the one of the settings."""
    recording = built(program, domain="agents.example.com")
    domain = named(recording, "api-domain").values
    assert domain["securityPolicy"] == "TLS_1_2"
    assert domain["regionalCertificateArn"] == CERTIFICATE
    assert domain["endpointConfiguration"] == {"types": "REGIONAL"}
    assert named(recording, "api-rest").values["disableExecuteApiEndpoint"] is True
    assert named(built(program), "api-rest").values["disableExecuteApiEndpoint"] is False


@pytest.mark.must_have("api", "A change of routes, checks, answers, origins or function is deployed")
def test_whatever_a_deployment_freezes_triggers_a_new_one(program: Program) -> None:
    """It waits for everything that it freezes, or it would freeze too little."""
    plain = deployed((), closed=False)
    assert plain != deployed((), closed=True)
    assert plain != deployed(ONE, closed=False) != deployed(TWO, closed=False)
    assert {"authoriser", "timeout_ms", "bodies", "answers", "preflight"} <= set(plain)
    recording = built(program, origins=ONE)
    deployment = named(recording, "api-deployment")
    frozen = ("method", "integration", "methodResponse", "integrationResponse", "response")
    for kind in frozen:
        for one in recording.of_type(f"aws:apigateway/{kind}:{kind[0].upper()}{kind[1:]}"):
            assert one.urn in deployment.dependencies, one.name
    triggers = deployment.values["triggers"]
    assert isinstance(triggers, dict)
    assert set(triggers) == {"revision", "authoriser", "authoriser_function", "function"}


def test_every_route_has_a_scope() -> None:
    """One that a browser's sign-in can be for, or no page could call it."""
    assert set(ROUTE_SCOPES) == set(ROUTES)
    assert set(ROUTE_SCOPES.values()) == set(SCOPES)


def test_path_parameters_are_read_from_the_route() -> None:
    """A path without any has none."""
    assert parameters("/v1/ask") == {}
    assert parameters("/v1/{kind}/x/{name}") == {"method.request.path.kind": True, "method.request.path.name": True}
