"""The bytes of a file that people approved: exactly these, or nothing."""

from __future__ import annotations

from api.inspection.asking import digest_of_file
from api.inspection.store import kept
from api.requests.models import Output
from api.requests.verdicts import verdict_of
from api.settings import Settings
from output_checker.verdict import FileReport, Outcome, Verdict


def report_of(output: Output) -> FileReport | None:
    """Return what is known of the file of an output; None when it is a table, or was not inspected."""
    verdict = verdict_of(output)
    return verdict.file if verdict else None


def approved_bytes(settings: Settings, output: Output) -> bytes | None:
    """Return the bytes whose sha256 stands in the verdict that people saw; None when they are not there like that."""
    report = report_of(output)
    return kept(settings, report.leaves) if report else None


def is_about_its_file(output: Output, verdict: Verdict, policy_digest: str) -> bool:
    """Tell whether a verdict on a file still is about the file and policy that are asked for, and does not refuse."""
    report = verdict.file
    return (
        report is not None
        and verdict.outcome is Outcome.REVIEW
        and {digest_of_file(output.query), output.query_digest, verdict.query_digest} == {output.query_digest}
        and (report.name, report.sha256) == (output.query["name"], output.query["sha256"])
        and verdict.policy.digest == policy_digest
    )
