"""docs/configuring-a-stack.md is true: its policy is what the stores need, in the stack's own names."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path

from agents.adapters.dynamodb.items import head_item
from agents.configuration.documents import Version
from agents.contract import ALIAS, API, AUDIT, CONFIGURATION, DEFAULT_TENANT, PARAMETER, Keys
from components import iam
from components.arns import Arns
from components.functions import function_names
from components.iam import tables
from components.key_policies import DATA
from components.naming import Kind, Names

PAGE = (Path(__file__).parents[2] / "docs" / "configuring-a-stack.md").read_text()
(POLICY,) = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL))
GRANTS = {one["Sid"]: one for one in POLICY["Statement"]}
NAMES = Names(prefix="qm", environment="prod", account="111122223333", region="eu-west-1")
ARNS = Arns(region=NAMES.region, account=NAMES.account)
TABLE, RECORDS = (NAMES.name(Kind.TABLE, one.name) for one in (CONFIGURATION, AUDIT))


def test_an_operator_may_what_the_api_may_with_the_same_stores() -> None:
    """The same code runs, so the statements are those of the API function's role."""
    keeps, checks = tables.keeps_items(ARNS, TABLE), tables.checks_items(ARNS, TABLE)
    _same("Configures", iam.Statement(sid="", actions=(*keeps.actions, *checks.actions), resources=keeps.resources))
    _same("AddsToTheAudit", tables.adds_items(ARNS, RECORDS))
    _same("FindsInTheAudit", tables.finds_items(ARNS, RECORDS))
    _same("UsesTheKey", iam.uses_key(ARNS, NAMES.name(Kind.ALIAS, DATA), through=("dynamodb", "lambda")))


def test_the_stack_is_found_by_the_names_that_it_has() -> None:
    """The parameter that the stack writes, and the version of the function that serves."""
    parameter = PARAMETER.format(prefix=NAMES.prefix, environment=NAMES.environment, output="api_function")
    assert parameter == NAMES.name(Kind.PARAMETER, "api_function")
    assert GRANTS["FindsTheStack"]["Resource"] == [
        f"arn:aws:ssm:{NAMES.region}:{NAMES.account}:parameter{parameter}",
        ARNS.alias(function_names(NAMES)[API.name], ALIAS),
    ]


def test_what_is_denied_is_the_access_documents() -> None:
    """By the partition that their versions lie in."""
    denied = GRANTS["LeavesAccessAlone"]
    kinds = denied["Condition"]["ForAnyValue:StringLike"]["dynamodb:LeadingKeys"]
    whole = [Keys.versions(DEFAULT_TENANT, f"{kind}/*", "").removesuffix("#") for kind in ("access", "key", "schema")]
    assert (denied["Effect"], denied["Resource"], kinds) == ("Deny", ARNS.table(TABLE), whole)


def test_what_the_denial_cannot_hold_is_told() -> None:
    """What counts lies in a partition of every document's, so it cannot be denied: the page says so, and what to do."""
    decides = Keys.heads(DEFAULT_TENANT)
    denied = GRANTS["LeavesAccessAlone"]["Condition"]["ForAnyValue:StringLike"]["dynamodb:LeadingKeys"]
    assert not any(fnmatchcase(decides, pattern) for pattern in denied), "or nobody could publish"
    told = re.sub(r"\s+", " ", PAGE[PAGE.index("## Who may") :])
    for words in (
        f"`{decides}`",
        "let an earlier version of the access policy",
        "that was revoked",
        "qm config history",
    ):
        assert words in told
    item = head_item(DEFAULT_TENANT, Version(
        key="key/ci", layer="base", number=2, digest="d", parent="", author="o", message="m",
        created_at=datetime(2026, 1, 1, tzinfo=UTC), content={},
    ))  # fmt: skip
    assert item["sk"] == "key/ci#base"
    assert all(f"`{name}`" in told for name in set(item) - {"pk", "sk"}), "all that mends an item is named"


def _same(sid: str, wanted: iam.Statement) -> None:
    (told,) = json.loads(iam.document([wanted]))["Statement"]
    for part in ("Effect", "Action", "Resource", "Condition"):
        assert _plain(GRANTS[sid].get(part)) == _plain(told.get(part)), (sid, part)


def _plain(part: object) -> object:
    """IAM takes a text for a list of one."""
    if isinstance(part, dict):
        return {name: _plain(value) for name, value in part.items()}
    return sorted(part) if isinstance(part, list) else [part]
