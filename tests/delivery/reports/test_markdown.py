"""The comment of a pull request: found again, short, and the same as long as the plan is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from delivery.reports import markdown

if TYPE_CHECKING:
    from delivery.plan import Plan


def test_it_begins_with_its_marker_and_a_row_a_stack(spoilt: Plan) -> None:
    """The marker is how an edit finds the comment."""
    lines = markdown.text([spoilt]).splitlines()
    assert lines[:2] == [markdown.MARKER, "### Plan: 1 mandatory findings to mend"]
    assert "| dev | 7 | 1 | 1 | 1 | 1 |" in "\n".join(lines)


def test_a_clean_plan_says_so(spoilt: Plan) -> None:
    """In the first line that is seen; advice and exemptions keep nothing back."""
    clean = replace(spoilt, findings=spoilt.findings[1:])
    assert "### Plan: nothing keeps this from being deployed" in markdown.text([clean])


def test_only_what_blocks_is_unfolded(spoilt: Plan) -> None:
    """Everything else is one click away; each fold is closed."""
    text = markdown.text([spoilt])
    assert text.count("<details open>") == 1
    assert "<details open><summary>dev: 1 mandatory findings</summary>" in text
    assert text.count("<details") == text.count("</details>")


def test_text_of_others_is_no_markup(spoilt: Plan) -> None:
    """No tag, no table cell, nobody mentioned."""
    rude = replace(spoilt.findings[0], message="a | b </details> @everybody `x`\n# big")
    text = markdown.text([replace(spoilt, findings=(rude,))])
    assert "a \\| b \\</details\\> @\u200beverybody \\`x\\` \\# big" in text


def test_it_always_fits_and_counts_what_did_not(spoilt: Plan) -> None:
    """A comment that is too long would be refused whole."""
    many = replace(spoilt, findings=tuple(replace(spoilt.findings[0], what=str(one)) for one in range(5_000)))
    text = markdown.text([many, many])
    assert 60_000 < len(text) <= markdown.LIMIT
    assert text.count("<details") == text.count("</details>")
    shown = text.count("`logs-retention-set`")
    dropped = int(text.rsplit("\n\n", 1)[1].split()[0])
    assert shown < 5_000
    assert shown + dropped >= 10_000


def test_one_huge_message_does_not_crowd_out_the_rest(spoilt: Plan) -> None:
    """A line is cut, and what comes behind it is still shown."""
    huge = replace(spoilt.findings[0], message="x" * 100_000)
    text = markdown.text([replace(spoilt, findings=(huge, spoilt.findings[0]))])
    assert len(text) < 5_000
    assert "retentionInDays is not set" in text


def test_the_same_plan_gives_the_same_text(spoilt: Plan) -> None:
    """An edited comment differs only where the plan does."""
    assert markdown.text([spoilt]) == markdown.text([spoilt])
