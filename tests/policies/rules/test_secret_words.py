"""Which names of settings sound like a secret."""

from __future__ import annotations

import pytest

from policies.rules._secret_words import sounds_secret


@pytest.mark.parametrize(
    "name",
    ["PASSWORD", "db_password", "DbPassword", "API_KEY", "openaiApiKey", "AWS_SECRET_ACCESS_KEY", "github.auth-token"],
)
def test_a_name_of_a_secret_is_known_in_every_spelling(name: str) -> None:
    """Upper case, camel case, dots and dashes."""
    assert sounds_secret(name)


@pytest.mark.parametrize(
    "name",
    ["DB_PASSWORD_ARN", "SECRET_NAME", "apiKeyId", "QM_MODEL", "TOKENIZER", "MAX_TOKENS", "SECRETARY", "KEYBOARD", ""],
)
def test_a_name_of_where_a_secret_lies_is_none(name: str) -> None:
    """Nor is a word that only holds such a word."""
    assert not sounds_secret(name)
