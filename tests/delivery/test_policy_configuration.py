"""A plan configures rules as the engine would: defaults filled in first, levels and settings over them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agents.errors import InvalidError
from delivery.policy_configuration import configured
from policies.rules import RULES
from policies.rules._rule import Enforcement


def test_defaults_are_filled_in_for_every_rule() -> None:
    """Each rule has all its parameters, in the types that the engine sends."""
    result = configured(RULES, {})
    assert set(result) == {one.id for one in RULES}
    for rule in RULES:
        assert result[rule.id].enforcement is rule.enforcement
        assert result[rule.id].settings == {key: one.schema["default"] for key, one in rule.parameters.items()}


def test_what_is_given_goes_over_the_defaults() -> None:
    """The settings that are not given keep their defaults, and so do the other rules."""
    result = configured(RULES, {"name-pattern": {"prefix": "acme"}})
    assert result["name-pattern"].settings == {"prefix": "acme", "environment": "", "unknown": "advisory"}
    assert {name: one for name, one in result.items() if name != "name-pattern"} == {
        name: one for name, one in configured(RULES, {}).items() if name != "name-pattern"
    }


def test_a_level_is_set_for_one_or_for_all() -> None:
    """A text is a level, `enforcementLevel` among the settings too, and a rule's own goes before that of all."""
    result = configured(
        RULES,
        {"all": "advisory", "required-tags": "disabled", "name-pattern": {"enforcementLevel": "mandatory"}},
    )
    assert result["required-tags"].enforcement is Enforcement.DISABLED
    assert result["name-pattern"].enforcement is Enforcement.MANDATORY
    assert "enforcementLevel" not in result["name-pattern"].settings
    others = set(result) - {"required-tags", "name-pattern"}
    assert {result[name].enforcement for name in others} == {Enforcement.ADVISORY}


def test_a_disabled_rule_of_the_pack_stays_disabled() -> None:
    """The rule's own level counts where nothing is given."""
    rule = replace(RULES[0], enforcement=Enforcement.DISABLED)
    assert configured((rule,), {})[rule.id].enforcement is Enforcement.DISABLED


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name-patern": {}}, "name-patern: is not a rule; did you mean name-pattern?"),
        ({"name-pattern": {"prefx": "a"}}, "name-pattern.prefx: is not a setting; did you mean prefix?"),
        ({"name-pattern": {"prefix": 5}}, "name-pattern.prefix: write a value of type string"),
        ({"logs-retention-set": {"least_days": True}}, "logs-retention-set.least_days: write a value of type integer"),
        ({"required-tags": {"required": "Team"}}, "required-tags.required: write a value of type array"),
        ({"name-pattern": "loud"}, "name-pattern.enforcementLevel: write one of advisory, mandatory, disabled"),
    ],
)
def test_a_wrong_configuration_is_refused(given: dict[str, dict[str, str]], said: str) -> None:
    """With the rule, the setting and what to write."""
    with pytest.raises(InvalidError) as refused:
        configured(RULES, given)
    assert said in str(refused.value)
