"""Mail against a server that really listens: one per notice, retried, never again once taken, and without a figure."""

from __future__ import annotations

import datetime as dt
import logging
import smtplib
import ssl
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import select, update

from api.audit.models import AuditRecord
from api.db import now
from api.errors import NotFoundError
from api.identity.invitations import find_invitation, invite_by_mail
from api.identity.models import Invitation
from api.jobs.models import Job, JobState
from api.jobs.service import MAIL_ATTEMPTS
from api.jobs.tasks import perform
from api.jobs.worker import Worker
from api.notices import mail
from api.notices.models import Notice, NoticeKind
from api.notices.outbox import FRESH, is_mail_waiting, queue_next_mail
from api.notices.service import tell
from api.people.models import Person, Role
from api.secrets import MissingSecretError
from api.settings import Settings
from tests.api.factories import acting
from tests.api.flow import FINE, Flow
from tests.api.notices.mail_server import MailServer


def posting(flow: Flow, post: MailServer, **changes: Any) -> Settings:
    place = {"smtp_host": "localhost", "smtp_port": post.port, "smtp_security": "none", "smtp_seconds": 5}
    sender = {"smtp_from": "Urban Enclave <enclave@udc.example>"}
    return flow.settings.model_copy(update=place | sender | changes)


def work(settings: Settings) -> None:
    hand = Worker(settings)
    while hand.step():
        pass


def make_due(flow: Flow) -> None:
    with flow.database.transaction() as session:
        session.execute(update(Job).values(run_after=now()))


def notify(flow: Flow, name: str = "researcher") -> int:
    with flow.database.transaction() as session:
        person = session.get_one(Person, getattr(flow.world, name).id)
        tell(session, person, NoticeKind.ACCESS_WITHDRAWN)
        session.flush()
        return session.scalars(select(Notice.id).order_by(Notice.id.desc())).first() or 0


def mail_jobs(flow: Flow) -> list[tuple[JobState, int]]:
    with flow.database.reading() as session:
        jobs = session.scalars(select(Job).where(Job.kind == "mail").order_by(Job.id))
        return [(job.state, job.attempts) for job in jobs]


def send(settings: Settings, notice_id: int) -> None:
    perform(settings, "mail", notice_id)


def test_what_concerns_people_is_mailed_to_each_of_them_once(flow: Flow, post: MailServer) -> None:
    number = flow.submit(FINE, title="Secret title 4711")
    work(posting(flow, post))
    assert sorted(letter["To"] for letter in post.taken) == [
        "checker@example.org",
        "second-checker@example.org",
    ]
    letter = post.taken[0]
    assert letter["Subject"] == f"Urban Enclave: {number} wacht op uw oordeel."
    assert letter["From"] == "Urban Enclave <enclave@udc.example>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert f"{flow.settings.api_url}/review/{number}" in letter.get_content()
    assert "ecret" not in letter.as_string()
    assert len({letter["Message-ID"] for letter in post.taken}) == 2
    work(posting(flow, post))
    assert len(post.taken) == 2


def test_readers_get_their_own_language(flow: Flow, post: MailServer) -> None:
    with flow.database.transaction() as session:
        session.get_one(Person, flow.world.researcher.id).language = "en"
    send(posting(flow, post), notify(flow))
    assert "Your access to a project was withdrawn." in post.taken[0].get_content()
    assert post.taken[0]["Content-Language"] == "en"


def test_without_a_mail_server_nothing_is_queued(flow: Flow) -> None:
    flow.judge(flow.submit(FINE))
    work(flow.settings)
    assert mail_jobs(flow) == []


def test_switching_mail_on_does_not_send_the_past(flow: Flow, post: MailServer) -> None:
    notify(flow)
    with flow.database.transaction() as session:
        session.execute(update(Notice).values(created_at=now() - FRESH - dt.timedelta(seconds=1)))
    work(posting(flow, post))
    assert post.taken == []


def test_a_server_that_is_busy_is_asked_again_later_and_takes_it_once(flow: Flow, post: MailServer) -> None:
    post.refusals += [b"451 come back later", b"554 no"]
    notify(flow)
    settings = posting(flow, post)
    for attempt in (1, 2):
        work(settings)
        assert mail_jobs(flow) == [(JobState.QUEUED, attempt)]
        assert post.taken == []
        make_due(flow)
    work(settings)
    assert mail_jobs(flow) == [(JobState.DONE, 3)]
    assert len(post.taken) == 1


def test_a_mail_that_was_taken_is_never_sent_again(flow: Flow, post: MailServer) -> None:
    notice_id = notify(flow)
    for _ in range(3):
        send(posting(flow, post), notice_id)
    assert len(post.taken) == 1


def test_killed_before_it_was_recorded_it_comes_again_under_the_same_name(
    flow: Flow, post: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice_id = notify(flow)
    with monkeypatch.context() as patch:
        patch.setattr(mail, "now", lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            send(posting(flow, post), notice_id)
    send(posting(flow, post), notice_id)
    assert len(post.taken) == 2
    assert post.taken[0]["Message-ID"] == post.taken[1]["Message-ID"]


def test_a_mail_that_nobody_takes_is_given_up_and_stays_in_the_inbox(flow: Flow, post: MailServer) -> None:
    notice_id = notify(flow)
    settings = posting(flow, post)
    post.refusals += [b"550 no such mailbox"]
    with flow.database.transaction() as session:
        queue_next_mail(session)
        session.execute(update(Job).values(attempts=MAIL_ATTEMPTS - 1))
    work(settings)
    assert mail_jobs(flow) == [(JobState.FAILED, MAIL_ATTEMPTS)]
    with flow.database.reading() as session:
        given_up = select(AuditRecord.subject).where(AuditRecord.action == "notice.undelivered")
        assert session.scalars(given_up).all() == [f"notice:{notice_id}"]
        assert session.get_one(Notice, notice_id).mailed_at is None


def test_nobody_there_is_an_error_that_is_tried_again(flow: Flow, post: MailServer) -> None:
    port = post.port
    notice_id = notify(flow)
    post.__exit__()
    with pytest.raises(OSError, match="refused"):
        send(posting(flow, post, smtp_port=port), notice_id)
    post.__enter__()


def test_an_open_way_is_not_taken_when_a_closed_one_was_asked(flow: Flow, post: MailServer) -> None:
    notice_id = notify(flow)
    with pytest.raises(smtplib.SMTPNotSupportedError):
        send(posting(flow, post, smtp_security="starttls"), notice_id)
    assert post.recipients == []


def certified(directory: Path) -> tuple[ssl.SSLContext, Path]:
    """The side of a server called localhost, and the certificate that a client must trust for it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now() - dt.timedelta(days=1)).not_valid_after(now() + dt.timedelta(1))
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    signed = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    path, private = directory / "certificate.pem", directory / "key.pem"
    path.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    private.write_bytes(key.private_bytes(*pem, plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, private)
    return context, path


def test_the_way_is_closed_before_anything_is_said(
    flow: Flow, post: MailServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.certificate, trusted = certified(tmp_path)
    settings, notice_id = posting(flow, post, smtp_security="starttls"), notify(flow)
    with pytest.raises(ssl.SSLCertVerificationError):
        send(settings, notice_id)
    assert post.recipients == []
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    send(settings, notice_id)
    assert len(post.taken) == 1


def test_a_way_that_is_closed_from_the_start(flow: Flow, post: MailServer) -> None:
    notice_id = notify(flow)
    with pytest.raises(ssl.SSLError):
        send(posting(flow, post, smtp_security="tls"), notice_id)
    assert post.recipients == []


@pytest.mark.parametrize(("password", "taken"), [("right", 1), ("wrong", 0)])
def test_the_service_logs_in_where_it_must(
    flow: Flow, post: MailServer, tmp_path: Path, password: str, taken: int
) -> None:
    post.password = "right"
    settings = posting(flow, post, smtp_user="enclave").model_copy(
        update={"state_dir": with_secret(flow, tmp_path, password)}
    )
    notice_id = notify(flow)
    if taken:
        send(settings, notice_id)
    else:
        with pytest.raises(smtplib.SMTPAuthenticationError):
            send(settings, notice_id)
    assert len(post.taken) == taken


def with_secret(flow: Flow, tmp_path: Path, password: str) -> Path:
    """A state directory on the same database with a password in its secrets."""
    state = tmp_path / "other"
    (state / "secrets").mkdir(parents=True)
    (state / "secrets" / "smtp_password").write_text(password)
    for path in flow.settings.state_dir.glob("enclave.sqlite*"):
        (state / path.name).symlink_to(path)
    return state


def test_a_password_that_was_never_given_is_said(flow: Flow, post: MailServer) -> None:
    post.password = "right"
    with pytest.raises(MissingSecretError, match="smtp_password"):
        send(posting(flow, post, smtp_user="enclave"), notify(flow))


def test_each_notice_is_queued_once(flow: Flow) -> None:
    notify(flow)
    with flow.database.transaction() as session:
        assert is_mail_waiting(session)
        for _ in range(2):
            queue_next_mail(session)
        assert not is_mail_waiting(session)
    assert mail_jobs(flow) == [(JobState.QUEUED, 0)]


def test_verdicts_go_before_mail(flow: Flow, post: MailServer) -> None:
    notify(flow)
    flow.submit(FINE)
    hand = Worker(posting(flow, post))
    assert hand.step()
    assert mail_jobs(flow) == []


def invite(flow: Flow) -> None:
    with flow.database.transaction() as session:
        administrator = acting(session.get_one(Person, flow.world.administrator.id), Role.ADMINISTRATOR)
        invite_by_mail(session, administrator, session.get_one(Person, flow.world.researcher.id))


def opens(flow: Flow, address: str) -> bool:
    with flow.database.reading() as session:
        try:
            return find_invitation(session, address.rpartition("/")[2]).person.subject == "researcher"
        except NotFoundError:
            return False


def address_in(letter: EmailMessage) -> str:
    return next(line for line in letter.get_content().splitlines() if line.startswith("http"))


def test_an_invitation_is_mailed_with_an_address_that_opens_it_and_is_kept_nowhere(
    flow: Flow, post: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    invite(flow)
    work(posting(flow, post))
    (letter,) = post.taken
    assert post.recipients == ["TO:<researcher@example.org>"]
    address = address_in(letter)
    assert address.startswith(f"{flow.settings.api_url}/invitation/")
    assert opens(flow, address)
    token = address.rpartition("/")[2]
    assert token not in str(letter["Subject"]) + caplog.text
    with flow.database.engine.connect() as connection:
        assert token not in "".join(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]
    work(posting(flow, post))
    assert len(post.taken) == 1


def test_an_invitation_that_is_mailed_again_after_a_failure_has_one_address_that_works(
    flow: Flow, post: MailServer
) -> None:
    invite(flow)
    with flow.database.reading() as session:
        notice = session.scalars(select(Notice.id)).one()
    post.refusals = [b"451 later"]
    with pytest.raises(smtplib.SMTPException):
        send(posting(flow, post), notice)
    send(posting(flow, post), notice)
    assert [opens(flow, address_in(letter)) for letter in post.taken] == [True]


def test_an_invitation_that_comes_twice_is_no_double_of_itself(
    flow: Flow, post: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the address in the last one works: it must not be dropped as one that came before."""
    invite(flow)
    with flow.database.reading() as session:
        notice = session.scalars(select(Notice.id)).one()
    with monkeypatch.context() as patch:
        patch.setattr(mail, "now", lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            send(posting(flow, post), notice)
    send(posting(flow, post), notice)
    assert [opens(flow, address_in(letter)) for letter in post.taken] == [False, True]
    assert len({letter["Message-ID"] for letter in post.taken}) == 2


@pytest.mark.parametrize("over", ["used_at", "expires_at"])
def test_an_invitation_that_is_over_is_not_mailed(flow: Flow, post: MailServer, over: str) -> None:
    invite(flow)
    with flow.database.transaction() as session:
        session.execute(update(Invitation).values({over: now()}))
    work(posting(flow, post))
    assert post.taken == []
    assert mail_jobs(flow) == [(JobState.DONE, 1)]
