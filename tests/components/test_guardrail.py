"""What the guardrail stops and masks, and what it lets planners say."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from components import guardrail
from components.guardrail import content_filters, grounding_filters, private_data, revision

if TYPE_CHECKING:
    from collections.abc import Callable

    from delivery.recorder import Recording

GUARDRAIL = "aws:bedrock/guardrail:Guardrail"
VERSION = "aws:bedrock/guardrailVersion:GuardrailVersion"
PROGRAM = """
from components.guardrail import Guardrail, GuardrailArgs

made = Guardrail("guardrail", GuardrailArgs(names=names, key="arn:data"), opts)
pulumi.export("version", made.version)
"""


@pytest.fixture
def recording(program: Callable[..., Recording]) -> Recording:
    return program(PROGRAM)


@pytest.mark.must_have("guardrail", "Calls name a version, which no later edit changes; a change makes the next one")
def test_a_guardrail_has_a_version(recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    """A version is a copy, and the provider makes the next only when its description is another."""
    component = next(one for one in recording.registrations if one.type.endswith(":Guardrail") and not one.custom)
    children = [one for one in recording.registrations if one.parent == component.urn]
    assert Counter(one.type for one in children) == {GUARDRAIL: 1, VERSION: 1}
    assert component.urn in recording.completed
    assert recording.of_type(VERSION)[0].values["description"] == f"Revision {revision()}"
    before = revision()
    monkeypatch.setattr(guardrail, "BLOCKED_INPUT", "Another message")
    assert revision() != before


@pytest.mark.must_have("guardrail", "Attacks on the prompt and abuse are stopped at the highest strength")
def test_attacks_are_stopped(recording: Recording) -> None:
    """An attack is of the question: Bedrock refuses a strength for answers there."""
    (made,) = recording.of_type(GUARDRAIL)
    assert made.values["contentPolicyConfig"] == {
        "filtersConfigs": [{key.replace("_s", "S"): value for key, value in one.items()} for one in content_filters()]
    }
    strengths = {one["type"]: (one["input_strength"], one["output_strength"]) for one in content_filters()}
    assert strengths.pop("PROMPT_ATTACK") == ("HIGH", "NONE")
    assert set(strengths) == {"HATE", "INSULTS", "MISCONDUCT", "SEXUAL", "VIOLENCE"}
    assert set(strengths.values()) == {("HIGH", "HIGH")}


@pytest.mark.must_have("guardrail", "Credentials end the call, people's private data is masked, planners' words stay")
def test_private_data_is_masked_and_plans_are_not() -> None:
    """Names, addresses and bare numbers are what supply chains are planned with."""
    actions = {one["type"]: one["action"] for one in private_data()}
    assert {kind for kind, action in actions.items() if action == "BLOCK"} >= {
        "AWS_ACCESS_KEY",
        "AWS_SECRET_KEY",
        "PASSWORD",
    }
    assert {"EMAIL", "PHONE", "CREDIT_DEBIT_CARD_NUMBER"} <= {
        kind for kind, action in actions.items() if action == "ANONYMIZE"
    }
    plain_words = {"ADDRESS", "NAME", "URL"}
    plain_numbers = {"CREDIT_DEBIT_CARD_CVV", "PIN", "US_BANK_ACCOUNT_NUMBER", "US_PASSPORT_NUMBER"}
    assert not actions.keys() & (plain_words | plain_numbers)


@pytest.mark.must_have(
    "guardrail", "An answer that its sources do not hold, or that is about something else, is stopped"
)
def test_answers_are_grounded() -> None:
    """Bedrock takes thresholds from 0 to 0.99."""
    thresholds = {one["type"]: one["threshold"] for one in grounding_filters()}
    assert set(thresholds) == {"GROUNDING", "RELEVANCE"}
    assert all(isinstance(value, float) and 0 < value <= 0.99 for value in thresholds.values())


@pytest.mark.must_have("guardrail", "It is encrypted with our key, and tells people in plain words what to do instead")
def test_it_is_encrypted_and_speaks_plainly(recording: Recording) -> None:
    """Bedrock takes 500 characters for each message."""
    values = recording.of_type(GUARDRAIL)[0].values
    assert values["kmsKeyArn"] == "arn:data"
    assert values["name"] == "qm-models-dev"
    for message in (values["blockedInputMessaging"], values["blockedOutputsMessaging"]):
        assert isinstance(message, str)
        assert "Please ask" in message
        assert len(message) <= 500
