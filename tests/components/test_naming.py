"""Names: every valid input has one, no two have the same, and each service takes it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.naming import ENVIRONMENT, LIMITS, PREFIX, REGION, Kind, Names, Scope

REGIONS = (
    "us-east-1",
    "eu-central-1",
    "ap-southeast-2",
    "ap-northeast-1",
    "us-gov-west-1",
    "cn-northwest-1",
    "us-isob-east-1",
    "us-west-1",
)
# Few letters beside many: names that nearly meet are found among few.
prefixes = st.sampled_from(("qm", "qma", "ab")) | st.from_regex(PREFIX, fullmatch=True)
environments = st.from_regex(ENVIRONMENT, fullmatch=True) | st.sampled_from(
    ("dev", "staging", "prod", "local", "pr-123")
)
purposes = st.text("a", min_size=1, max_size=12) | st.from_regex(r"[a-z][a-z0-9]{0,70}", fullmatch=True)
path_purposes = purposes | st.from_regex(r"[a-z][a-z0-9_]{0,9}(/[a-z][a-z0-9_]{0,9}){0,3}", fullmatch=True)
kinds = st.sampled_from(Kind)
# A kind with two purposes that it takes, which are often the same.
kinds_and_purposes = kinds.flatmap(
    lambda kind: st.tuples(st.just(kind), *[path_purposes if LIMITS[kind].path else purposes] * 2)
)
origins = st.builds(
    Names,
    prefix=prefixes,
    environment=environments,
    account=st.from_regex(r"[0-9]{12}", fullmatch=True),
    region=st.sampled_from(REGIONS),
)
WORDS = r"[a-z0-9-]+"
CHARACTERS = {
    Kind.BUCKET: r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
    Kind.DATABASE: r"[a-z0-9_]+",
    Kind.RESTORE_TEST: r"[a-z0-9_]+",
    Kind.PARAMETER: r"(/(?!aws|ssm)[a-z0-9_.-]+){1,15}",
    Kind.SECRET: r"[A-Za-z0-9/_+=.@-]+(?<!-.{6})",  # a hyphen and six characters would read like AWS's own ending
    Kind.SECURITY_GROUP: r"(?!sg-)[a-z0-9-]+",
    Kind.SIGN_IN_DOMAIN: r"[a-z0-9]([a-z0-9-]*[a-z0-9])?",
    Kind.WAF_LOG_GROUP: r"aws-waf-logs-[a-z0-9-]+",
}


def origin_of(kind: Kind, names: Names, purpose: str) -> tuple[str, ...]:
    """The parts that a name of this kind is made of."""
    parts = (names.prefix, purpose, names.environment)
    return {
        "REGION": parts,
        "ACCOUNT": (*parts, names.region),
        "WORLD": (*parts, names.account, names.region),
    }[LIMITS[kind].scope.name]


@given(origins, kinds_and_purposes)
def test_every_name_fits_its_service(names: Names, asked: tuple[Kind, str, str]) -> None:
    """A name is inside its service's length and characters, whatever it is made of."""
    kind, purpose, _ = asked
    name = names.name(kind, purpose)
    assert len(name) <= LIMITS[kind].longest
    assert re.fullmatch(CHARACTERS.get(kind, WORDS), name)


@given(origins, kinds_and_purposes)
def test_the_environment_is_always_in_the_name(names: Names, asked: tuple[Kind, str, str]) -> None:
    """Prefix and environment survive even where the purpose had to be shortened."""
    kind, purpose, _ = asked
    limit = LIMITS[kind]
    separator = "/" if limit.path else limit.separator
    first, *rest = names.name(kind, purpose).removeprefix(limit.lead).split(separator)
    assert first == names.prefix
    assert f"{separator}{names.environment.replace('-', limit.separator)}" in separator.join(["", *rest])


@given(origins, kinds_and_purposes)
def test_names_beyond_a_region_say_account_and_region(names: Names, asked: tuple[Kind, str, str]) -> None:
    """A name of the world ends in account and region, one of the account in the region, whatever was shortened."""
    kind, purpose, _ = asked
    limit = LIMITS[kind]
    name, region = names.name(kind, purpose), names.region.replace("-", limit.separator)
    if limit.scope is not Scope.REGION:
        assert name.endswith(f"{limit.separator}{region}")
    if limit.scope is Scope.WORLD:
        assert name.endswith(f"{limit.separator}{names.account}{limit.separator}{region}")


@given(kinds_and_purposes, origins, origins)
def test_two_origins_have_two_names(asked: tuple[Kind, str, str], one: Names, other: Names) -> None:
    """Names are equal only when everything that they are made of is."""
    kind, first, second = asked
    same = one.name(kind, first) == other.name(kind, second)
    assert same == (origin_of(kind, one, first) == origin_of(kind, other, second))


@given(origins)
def test_a_word_that_a_service_refuses_is_found_before_it_is_asked(names: Names) -> None:
    """Names without a refusal hold no refused word; a refusal names a part that does."""
    refused = names.refused()
    for one in refused:
        assert one.word in LIMITS[one.kind].refused
        assert one.word in getattr(names, one.part)
    for kind, limit in LIMITS.items():
        if kind not in {one.kind for one in refused}:
            assert not [word for word in limit.refused if word in names.name(kind, "x")]


@pytest.mark.parametrize(
    ("parts", "refused"),
    [
        ({"prefix": "myaws"}, [(Kind.SIGN_IN_DOMAIN, "aws", "prefix")]),
        ({"environment": "cognito-1"}, [(Kind.SIGN_IN_DOMAIN, "cognito", "environment")]),
        (
            {"prefix": "laws", "environment": "paws"},
            [(Kind.SIGN_IN_DOMAIN, "aws", "prefix"), (Kind.SIGN_IN_DOMAIN, "aws", "environment")],
        ),
        ({"prefix": "qm"}, []),
    ],
)
def test_a_refusal_says_which_part_brings_the_word_in(
    parts: dict[str, str], refused: list[tuple[Kind, str, str]]
) -> None:
    """Cognito takes no domain with its own name or Amazon's in it, wherever it stands."""
    valid = {"prefix": "qm", "environment": "dev", "account": "123456789012", "region": "us-east-1"}
    assert [(one.kind, one.word, one.part) for one in Names(**{**valid, **parts}).refused()] == refused


@given(origins, purposes)
def test_s3_does_not_reserve_a_bucket_name(names: Names, purpose: str) -> None:
    """No bucket begins or ends as names that S3 keeps to itself."""
    bucket = names.name(Kind.BUCKET, purpose)
    assert not bucket.startswith(("xn--", "sthree-", "amzn-s3-demo-"))
    assert not bucket.endswith(("-s3alias", "--ol-s3", ".mrap", "--x-s3"))


def test_a_hyphen_cannot_move_between_purpose_and_environment() -> None:
    """`qm-a-pr-1` is purpose `a` in `pr-1`, and can be nothing else: purposes have no hyphen."""
    with pytest.raises(ValueError, match="no purpose that names can be made of"):
        named(environment="x1").name(Kind.TABLE, "a-pr")


def named(environment: str = "dev", region: str = "us-east-1") -> Names:
    return Names(prefix="qm", environment=environment, account="123456789012", region=region)


@pytest.mark.parametrize(
    ("kind", "purpose", "name"),
    [
        (Kind.TABLE, "conversation", "qm-conversation-dev"),
        (Kind.BUCKET, "data", "qm-data-dev-123456789012-us-east-1"),
        (Kind.ROLE, "api", "qm-api-dev-us-east-1"),  # IAM is global: two regions would fight over one role
        (Kind.DATABASE, "lake", "qm_lake_dev"),
        (Kind.RESTORE_TEST, "restore", "qm_restore_dev"),
        (Kind.SECRET, "delegation", "qm/dev/delegation"),
        (Kind.PARAMETER, "outputs/api_url", "/qm/dev/outputs/api_url"),
        (Kind.WAF_LOG_GROUP, "api", "aws-waf-logs-qm-api-dev"),
        (Kind.SIGN_IN_DOMAIN, "people", "qm-people-dev-123456789012-us-east-1"),
    ],
)
def test_names_read_as_people_expect(kind: Kind, purpose: str, name: str) -> None:
    """Prefix, purpose, environment; account and region where the name must be unique beyond a region."""
    assert named().name(kind, purpose) == name


def test_what_does_not_fit_ends_in_a_hash_of_the_whole() -> None:
    """Two long purposes that begin alike stay two names."""
    long = named("pr-123", "ap-southeast-2")
    one, other = (long.name(Kind.BUCKET, f"averyveryverylongpurpose{number}") for number in (1, 2))
    assert one != other
    assert len(one) == LIMITS[Kind.BUCKET].longest
    assert one.endswith("-pr-123-123456789012-ap-southeast-2")


@pytest.mark.parametrize(
    "parts",
    [
        {"prefix": "QM"},
        {"prefix": "sthree"},
        {"prefix": "awsome"},
        {"prefix": "ssm1"},
        {"prefix": "sg"},
        {"environment": "dev_1"},
        {"account": "auto"},
        {"region": "earth"},
    ],
)
def test_parts_that_no_name_can_be_made_of_are_refused(parts: dict[str, str]) -> None:
    """The solver is total over valid parts and says which part is not."""
    valid = {"prefix": "qm", "environment": "dev", "account": "123456789012", "region": "us-east-1"}
    with pytest.raises(ValueError, match="names can be made of"):
        Names(**{**valid, **parts})


@pytest.mark.parametrize("region", REGIONS)
def test_regions_of_every_partition_are_known(region: str) -> None:
    """Government, China and isolated regions deploy like others."""
    assert re.fullmatch(REGION, region)
