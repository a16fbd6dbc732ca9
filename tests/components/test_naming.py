"""Names: every valid input has one, no two have the same, and each service takes it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.naming import ENVIRONMENT, LIMITS, PREFIX, REGION, Kind, Names

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
kinds = st.sampled_from(Kind)
origins = st.builds(
    Names,
    prefix=prefixes,
    environment=environments,
    account=st.from_regex(r"[0-9]{12}", fullmatch=True),
    region=st.sampled_from(REGIONS),
)
CHARACTERS = {
    Kind.BUCKET: r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
    Kind.DATABASE: r"[a-z0-9_]+",
    Kind.ROLE: r"[\w+=,.@-]+",
    Kind.FUNCTION: r"[A-Za-z0-9_-]+",
    Kind.TABLE: r"[A-Za-z0-9_.-]{3,255}",
}


def origin_of(kind: Kind, names: Names, purpose: str) -> tuple[str, ...]:
    """The parts that a name of this kind is made of."""
    parts = (names.prefix, purpose, names.environment)
    return {
        "REGION": parts,
        "ACCOUNT": (*parts, names.region),
        "WORLD": (*parts, names.account, names.region),
    }[LIMITS[kind].scope.name]


@given(origins, kinds, purposes)
def test_every_name_fits_its_service(names: Names, kind: Kind, purpose: str) -> None:
    """A name is inside its service's length and characters, whatever it is made of."""
    name = names.name(kind, purpose)
    assert len(name) <= LIMITS[kind].longest
    assert re.fullmatch(CHARACTERS.get(kind, r"[a-z0-9-]+"), name)


@given(origins, kinds, purposes)
def test_the_environment_is_always_in_the_name(names: Names, kind: Kind, purpose: str) -> None:
    """Prefix and environment survive even where the purpose had to be shortened."""
    separator = LIMITS[kind].separator
    name = names.name(kind, purpose).split(separator)
    assert name[0] == names.prefix
    assert f"{separator}{names.environment.replace('-', separator)}" in separator.join(name[1:])


@given(kinds, origins, purposes, origins, purposes)
def test_two_origins_have_two_names(kind: Kind, one: Names, first: str, other: Names, second: str) -> None:
    """Names are equal only when everything that they are made of is."""
    same = one.name(kind, first) == other.name(kind, second)
    assert same == (origin_of(kind, one, first) == origin_of(kind, other, second))


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
    [{"prefix": "QM"}, {"prefix": "sthree"}, {"environment": "dev_1"}, {"account": "auto"}, {"region": "earth"}],
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
