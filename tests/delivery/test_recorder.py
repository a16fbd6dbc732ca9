"""The recorder answers a program as a preview would, and keeps everything it registers."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from agents.errors import InvalidError, NotFoundError
from delivery.recorder import Recording, record
from delivery.sdk_types import unknown_properties
from delivery.stack_files import Stack, read_stack

if TYPE_CHECKING:
    from pathlib import Path

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
PROGRAM = """
import json
import pulumi
import pulumi_aws as aws

project = pulumi.Config().require_object("project")
provider = aws.Provider("aws", region="eu-central-1", default_tags={"tags": {"Owner": "team", "Project": "default"}})
account = aws.get_caller_identity(opts=pulumi.InvokeOptions(provider=provider)).account_id


class Data(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("quartermaster:data:Data", name, {}, opts)
        inside = pulumi.ResourceOptions(parent=self, protect=True, retain_on_delete=True, ignore_changes=["tags"])
        self.topic = aws.sns.Topic("topic", name=f"{project['prefix']}-{account}", tags={"Project": "own"}, opts=inside)
        self.register_outputs({})


data = Data("data", pulumi.ResourceOptions(providers=[provider]))
aws.ssm.Parameter(
    "arn",
    name="/arn",
    type="String",
    value="plain",
    allowed_pattern=data.topic.arn.apply(lambda arn: json.dumps({"arn": arn})),
    description=data.topic.name.apply(lambda name: f"topic {name}"),
    opts=pulumi.ResourceOptions(provider=provider, depends_on=[data.topic]),
)
"""
STACK = "config:\n  quartermaster:project: {prefix: qm}\n  password: {secure: v1:abc}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: quartermaster\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(STACK)
    (tmp_path / "Pulumi.prod.yaml").write_text(STACK.replace("qm", "acme"))
    (tmp_path / "__main__.py").write_text(PROGRAM)
    return tmp_path


def recorded(folder: Path, stack: str = "dev") -> Recording:
    return record(folder, read_stack(folder, stack))


def test_every_resource_is_kept_with_its_options(folder: Path) -> None:
    """URN as the engine writes it, parent, provider, protection, dependencies and the line that made it."""
    recording = recorded(folder)
    topic = recording.of_type("aws:sns/topic:Topic")[0]
    assert topic.urn == "urn:pulumi:dev::quartermaster::quartermaster:data:Data$aws:sns/topic:Topic::topic"
    assert topic.parent == "urn:pulumi:dev::quartermaster::quartermaster:data:Data::data"
    assert topic.provider == "urn:pulumi:dev::quartermaster::pulumi:providers:aws::aws"
    assert (topic.protect, topic.retain, topic.ignore_changes) == (True, True, ("tags",))
    line = next(n for n, text in enumerate(PROGRAM.splitlines(), 1) if "self.topic =" in text)
    assert topic.location == f"__main__.py:{line}"
    parameter = recording.of_type("aws:ssm/parameter:Parameter")[0]
    assert parameter.dependencies == (topic.urn,)
    assert parameter.property_dependencies["allowedPattern"] == (topic.urn,)


def test_the_order_is_parents_first_and_the_same_each_time(folder: Path) -> None:
    """Two recordings of one program list the same resources in the same order."""
    first, second = recorded(folder), recorded(folder)
    names = [one.name for one in first.registrations]
    assert names == ["quartermaster-dev", "aws", "arn", "data", "topic"]
    assert names == [one.name for one in second.registrations]


def test_what_a_provider_computes_is_unknown_and_what_was_given_is_known(folder: Path) -> None:
    """An ARN cannot be known in a preview, a name that the program set can."""
    values = recorded(folder).of_type("aws:ssm/parameter:Parameter")[0].values
    assert values["allowedPattern"] == UNKNOWN
    assert values["description"] == "topic qm-000000000000"


def test_default_tags_reach_each_taggable_resource(folder: Path) -> None:
    """As the provider's check does it: own tags win, and what takes no tags gets none."""
    recording = recorded(folder)
    assert recording.of_type("aws:sns/topic:Topic")[0].values["tagsAll"] == {"Owner": "team", "Project": "own"}
    assert all("tagsAll" not in one.values for one in recording.registrations if not one.type.startswith("aws:"))


NAMED = """
import pulumi
import pulumi_aws as aws

provider = aws.Provider("aws", region="eu-central-1")
opts = pulumi.ResourceOptions(provider=provider)
{}
pulumi.export("name", made.{})
"""


@pytest.mark.parametrize(
    ("made", "key", "name"),
    [
        ('aws.sns.Topic("News", opts=opts)', "name", r"News-[0-9a-f]{7}"),
        ('aws.sns.Topic("News", fifo_topic=True, opts=opts)', "name", r"News-[0-9a-f]{7}\.fifo"),
        ('aws.s3.Bucket("Data", opts=opts)', "bucket", r"data-[0-9a-f]{7}"),
        ('aws.kms.Alias("data", target_key_id="k", opts=opts)', "name", r"alias/data-[0-9a-f]{7}"),
        ('aws.lambda_.Alias("live", function_name="f", function_version="1", opts=opts)', "name", r"live-[0-9a-f]{7}"),
    ],
)
def test_a_name_that_is_left_out_is_made_up(folder: Path, made: str, key: str, name: str) -> None:
    """As the provider's check does, with its mark; the same each time, and known to the program."""
    (folder / "__main__.py").write_text(NAMED.format(f"made = {made}", key))
    first, second = (recorded(folder).registrations[-1].values for _ in range(2))
    assert re.fullmatch(name, str(first[key]))
    assert first["__defaults"] == [key]
    assert first == second


@pytest.mark.parametrize(
    "made",
    [
        'aws.sns.Topic("t", name="mine", opts=opts)',
        'aws.sns.Topic("t", name_prefix="mine", opts=opts)',
        'aws.sns.Topic("t", name=provider.id, opts=opts)',
        'aws.kms.Key("k", opts=opts)',
        'aws.route53.Record("r", name="www", type="A", zone_id="z", opts=opts)',
    ],
)
def test_no_name_is_made_up_where_none_is_needed(folder: Path, made: str) -> None:
    """A name, a prefix or an unknown is the program's own; some types have no name, or must be given one."""
    (folder / "__main__.py").write_text(NAMED.format(f"made = {made}", "urn"))
    assert "__defaults" not in recorded(folder).registrations[-1].values


def test_a_placeholder_is_stated(folder: Path) -> None:
    """An account that only credentials could tell is made of zeros, and the recording says so."""
    assert recorded(folder).assumed == ("account 000000000000 stands for the one that the credentials belong to",)


def test_a_pinned_account_needs_no_placeholder(folder: Path) -> None:
    """A provider that allows one account answers with it."""
    pinned = PROGRAM.replace('region="eu', 'allowed_account_ids=["123456789012"], region="eu')
    (folder / "__main__.py").write_text(pinned)
    recording = recorded(folder)
    assert recording.assumed == ()
    assert recording.of_type("aws:sns/topic:Topic")[0].values["name"] == "qm-123456789012"


def test_registered_outputs_are_known(folder: Path) -> None:
    """A component that ends its constructor properly is told from one that does not."""
    assert {urn.rpartition("::")[2] for urn in recorded(folder).completed} == {"data", "quartermaster-dev"}


def test_one_process_records_many_stacks(folder: Path) -> None:
    """Nothing of one stack is left when the next is recorded."""
    names = [recorded(folder, stack).of_type("aws:sns/topic:Topic")[0].values["name"] for stack in ("dev", "prod")]
    assert names == ["qm-000000000000", "acme-000000000000"]


def test_a_secret_is_never_read(folder: Path) -> None:
    """A plan cannot decrypt, so the program is given a stand-in, marked secret."""
    stack = read_stack(folder, "dev")
    assert stack.config["quartermaster:password"] == "[secret]"
    assert stack.secret_keys == ("quartermaster:password",)
    assert json.loads(stack.config["quartermaster:project"]) == {"prefix": "qm"}


def test_a_misspelt_nested_key_is_seen(folder: Path) -> None:
    """Mocks let any key of a nested dict pass; the SDK's own types do not."""
    recorded(folder)  # imports the SDK's services
    table = {"pointInTimeRecovery": {"enabled": True, "enabledd": 1}, "attributes": [{"nam": "pk"}], "tags": {"a": "b"}}
    assert list(unknown_properties("aws:dynamodb/table:Table", table)) == [
        "attributes.0.nam",
        "pointInTimeRecovery.enabledd",
    ]
    versioning = {"bucket": "b", "versioningConfiguration": {"status": "Enabled"}}  # its nested type has the same name
    assert list(unknown_properties("aws:s3/bucketVersioning:BucketVersioning", versioning)) == []


def test_settings_that_the_program_refuses_are_passed_on(folder: Path) -> None:
    """A RunError is the program's message to its user: all its lines, no traceback."""
    (folder / "__main__.py").write_text('import pulumi\nraise pulumi.RunError("first\\nsecond")\n')
    with pytest.raises(InvalidError, match=r"first\nsecond"):
        recorded(folder)


def test_a_defect_of_the_program_is_not_dressed_up(folder: Path) -> None:
    """Anything else that the program raises stays what it is."""
    (folder / "__main__.py").write_text("1 / 0\n")
    with pytest.raises(ZeroDivisionError):
        recorded(folder)


def test_a_failed_run_leaves_nothing_to_the_next(folder: Path) -> None:
    """What was still waiting when the program failed is gone."""
    (folder / "__main__.py").write_text(PROGRAM + "data.topic.name.apply(lambda name: int(name))\n")
    with pytest.raises(ValueError, match="invalid literal"):
        recorded(folder)
    (folder / "__main__.py").write_text(PROGRAM)
    assert len(recorded(folder).registrations) == 5


def test_a_stack_needs_no_file(folder: Path) -> None:
    """Settings in memory do, so tests can ask for any environment."""
    stack = Stack(
        name="pr-123",
        project="quartermaster",
        config={"quartermaster:project": json.dumps({"prefix": "memory"})},
        secret_keys=(),
    )
    recording = record(folder, stack)
    assert recording.of_type("aws:sns/topic:Topic")[0].values["name"] == "memory-000000000000"
    assert recording.registrations[0].urn.startswith("urn:pulumi:pr-123::quartermaster::")


def test_what_only_known_outputs_make_is_kept_apart(folder: Path) -> None:
    """A second run with made-up outputs shows it; the plan itself stays as a preview is."""
    inside = 'data.topic.arn.apply(lambda arn: aws.sns.Topic("inside", opts=pulumi.ResourceOptions(provider=provider)))'
    (folder / "__main__.py").write_text(f"{PROGRAM}{inside}\n")
    recording = record(folder, read_stack(folder, "dev"), twice=True)
    assert [one.name for one in recording.hidden] == ["inside"]
    assert recording.hidden[0].in_callback
    assert "inside" not in {one.name for one in recording.registrations}


def test_a_question_without_answer_is_named(folder: Path) -> None:
    """A plan never asks the cloud; a new kind of question says where its answer belongs."""
    (folder / "__main__.py").write_text("import pulumi_aws as aws\naws.s3.get_bucket(bucket='b')\n")
    with pytest.raises(InvalidError, match=r"getBucket.*preview_answers"):
        recorded(folder)


def test_an_unknown_stack_names_those_there_are(folder: Path) -> None:
    """One line, with the nearest name."""
    with pytest.raises(NotFoundError, match=r"no stack 'prd', did you mean prod\? the stacks are dev, prod"):
        read_stack(folder, "prd")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("config: [", r"Pulumi\.dev\.yaml:2:1: "),
        ("- a\n", "is not a mapping"),
        ("config: 3\n", "`config` is not a mapping"),
        ("[" * 100_000, r"Pulumi\.dev\.yaml:1:51: nested deeper"),
    ],
)
def test_a_broken_stack_file_is_named(folder: Path, text: str, message: str) -> None:
    """File, place and what is wrong."""
    (folder / "Pulumi.dev.yaml").write_text(text)
    with pytest.raises(InvalidError, match=message):
        read_stack(folder, "dev")
