"""What follows from settings is said: what is chosen, left out, and worth a thought."""

from __future__ import annotations

import pytest

from components.consequences import consequences
from components.settings import load

REQUIRED: dict[str, dict[str, object]] = {
    "environment": {"region": "us-east-1"},
    "project": {"owner": "o", "cost_center": "c"},
    "runtime": {"model": "us.anthropic.claude-x"},
}


def said(stack: str, **edits: dict[str, object]) -> dict[tuple[str, bool], str]:
    sections = {name: {**REQUIRED.get(name, {}), **edits.get(name, {})} for name in {*REQUIRED, *edits}}
    settings = load(stack, {f"quartermaster:{name}": keys for name, keys in sections.items()}, "Pulumi.x.yaml")
    found = consequences(settings)
    assert len({(one.key, one.advice) for one in found}) == len(found)
    return {(one.key, one.advice): one.text for one in found}


def test_what_is_chosen_for_production_is_said() -> None:
    """The region of the copies, the regions of the model, and why nothing is reserved or kept warm."""
    found = said("prod")
    assert found["resources.backup.copy_region", False].endswith("in us-west-2, paired with us-east-1")
    assert found["runtime.model", False] == "may process what it is sent in us-east-1, us-east-2, us-west-2"
    for kind in ("reserved", "provisioned"):
        assert "concurrency_quota, which is not stated" in found[f"resources.lambda.{kind}_concurrency", False]


def test_what_is_reserved_is_said() -> None:
    """Once the quota is stated; so is what is kept warm."""
    found = said("prod", resources={"lambda": {"concurrency_quota": 1000}})
    assert found["resources.lambda.reserved_concurrency", False].startswith("100 executions are kept")
    assert found["resources.lambda.provisioned_concurrency", False] == (
        "2 executions of the API and as many of its authoriser are kept warm"
    )


def test_a_region_that_must_be_switched_on_is_said() -> None:
    """A copy to it fails in an account that does not have it."""
    found = said("prod", environment={"region": "ap-southeast-2"}, runtime={"model": "au.anthropic.claude-x"})
    assert (
        "in ap-southeast-4, paired with ap-southeast-2, which the account must have"
        in found["resources.backup.copy_region", False]
    )


def test_what_an_account_must_have_for_an_api_is_said() -> None:
    """The role that API Gateway logs with is no stack's, and a stage is refused without it."""
    assert "README.md, Deploy" in said("dev")["features.api", False]
    assert ("features.api", False) not in said("dev", features={"api": False})


def test_a_quota_of_keys_that_nobody_asks_for_is_said() -> None:
    """It reads like a limit for everybody."""
    assert "no method asks for an API key" in said("dev", api={"quota": 1000})["api.quota", False]
    assert ("api.quota", False) not in said("dev")


def test_what_is_left_out_is_said_with_its_reason() -> None:
    """GovCloud has no budgets of its own."""
    found = said("prod", environment={"region": "us-gov-west-1"}, runtime={"model": "us-gov.anthropic.claude-x"})
    assert found["features.budget", False].startswith("left out in us-gov-west-1: AWS Budgets runs")


def test_a_preview_environment_hears_what_it_is() -> None:
    """Its size, and that nothing is kept."""
    assert said("pr-123")["environment.name", False].startswith("pr-123 has the size of dev, and nothing")
    assert ("environment.name", False) not in said("dev")


@pytest.mark.parametrize(
    ("stack", "edits", "keys"),
    [
        ("dev", {}, set()),
        ("staging", {}, {"monitoring.alarm_emails"}),
        ("prod", {}, {"monitoring.alarm_emails", "environment.account"}),
        (
            "prod",
            {"monitoring": {"alarm_emails": ["a@b.example"]}, "environment": {"account": "111122223333"}},
            set(),
        ),
        (
            "dev",
            {"resources": {"lambda": {"provisioned_concurrency": 1, "concurrency_quota": 1000}}},
            {"resources.lambda.provisioned_concurrency"},
        ),
        (
            "prod",
            {
                "features": dict.fromkeys(("api", "waf", "trail", "guardrail", "budget"), False),
                "resources": {"backup": {"copy_region": "none"}},
            },
            {
                "monitoring.alarm_emails",
                "environment.account",
                "features.api",
                "features.trail",
                "features.guardrail",
                "features.budget",
                "resources.backup.copy_region",
            },
        ),
    ],
)
def test_advice_is_given_where_somebody_should_decide(
    stack: str, edits: dict[str, dict[str, object]], keys: set[str]
) -> None:
    """Alarms that nobody hears, an account left open, parts that production does without."""
    assert {key for key, advice in said(stack, **edits) if advice} == keys


def test_a_key_of_yours_is_said_to_need_a_policy() -> None:
    """Ours would not let CloudWatch Logs in; nobody else says so before the first log group is refused."""
    key = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    found = said("dev", keys={"existing": key})
    assert "--explain keys.existing prints" in found["keys.existing", False]
    assert ("keys.existing", False) not in said("dev")
