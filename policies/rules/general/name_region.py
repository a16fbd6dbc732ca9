"""IAM is one for all regions: the second region's role of the same name fails, or is taken over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._names import GLOBAL, ROLE
from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

TWO: Final = {"regions": ["us-east-1", "eu-central-1"]}


@rule(
    id="name-region",
    title="Names of IAM say the region where several regions deploy",
    applies_to=GLOBAL,
    severity=Severity.MEDIUM,
    fix="End the name with the region, as the name solver does.",
    unique=True,
    parameters={"regions": Parameter((), "Regions that deploy into one account; fewer than two ask for nothing.")},
    ok=(
        Of({"name": "qm-api-dev-eu-central-1"}, ROLE, TWO),
        Of({"name": "qm-api-dev"}, ROLE, {"regions": ["us-east-1"]}),
        Of({"name": "qm-api-dev"}, ROLE),
        Of({"name": "made-up-5f3a9c1", "__defaults": ["name"]}, ROLE, TWO),
    ),
    bad=(Of({"name": "qm-api-dev"}, ROLE, TWO), Of({"name": "qm-api-dev-us-west-2"}, ROLE, TWO)),
)
def name_region(resource: Resource) -> Iterator[str]:
    regions = list(resource.config["regions"])
    if len(regions) < 2 or not resource.is_set("name"):  # noqa: PLR2004 - one region cannot collide
        return
    name = resource.text("name")
    if not any(region in name for region in regions):
        yield f"name {name!r} has none of {', '.join(regions)}"
