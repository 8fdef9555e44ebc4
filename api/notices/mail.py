"""Notices by mail: the same sentence with a link, handed to one mail server over SMTP (RFC 5321)."""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from sqlalchemy.orm import Session, joinedload

from api.audit.service import SYSTEM, record
from api.db import Database, now
from api.identity.invitations import renew_address
from api.notices.models import Notice, NoticeKind
from api.notices.words import path_of, sentence_of
from api.secrets import SecretStore
from api.settings import Settings
from output_checker.text import Language, Text

_LOADED = (joinedload(Notice.person), joinedload(Notice.request), joinedload(Notice.application))
_INVITATION = Text(
    "{sentence}\n\n{link}\n\nGeef deze link aan niemand. Verwachtte u dit niet, meld het dan de beheerder van uw centrum.\n",
    "{sentence}\n\n{link}\n\nGive this link to nobody. If you did not expect this, tell the administrator of your centre.\n",
)
_BODY = Text(
    "{sentence}\n\n{link}\n\nDit bericht bevat met opzet geen cijfers. Antwoorden komt nergens aan.\n",
    "{sentence}\n\n{link}\n\nThis message holds no figures on purpose. Answers arrive nowhere.\n",
)


def mail_notice(database: Database, settings: Settings, secrets: SecretStore, notice_id: int) -> None:
    """Mail a notice, unless a mail server took it before, or it invites to what is over.

    Raises OSError (also smtplib.SMTPException) when the server cannot be reached or refuses. Killed between the
    server's answer and the commit it is sent again, under the same Message-ID when it says the same.
    """
    with database.reading() as session:
        notice = session.get(Notice, notice_id, options=_LOADED)
        # What was forgotten before it was sent is told to nobody.
        if notice is None or notice.mailed_at is not None:
            return
    link = _link(database, settings, notice)
    if link is None:
        return
    letter = letter_of(settings, notice, link)
    with _server(settings, secrets) as server:
        server.send_message(letter)
    with database.transaction() as session:
        session.get_one(Notice, notice_id).mailed_at = now()


def give_up_mail(session: Session, notice_id: int) -> None:
    """Record that no mail server took a notice; it stays in the inbox."""
    record(session, SYSTEM, "notice.undelivered", f"notice:{notice_id}", "the mail server did not take it")


def _link(database: Database, settings: Settings, notice: Notice) -> str | None:
    if notice.kind is not NoticeKind.INVITED:
        return f"{settings.api_url}{path_of(notice)}"
    with database.transaction() as session:
        return renew_address(session, settings, notice.person)


def letter_of(settings: Settings, notice: Notice, link: str) -> EmailMessage:
    """Return the mail of a notice, in the language of its reader."""
    language: Language = "en" if notice.person.language == "en" else "nl"
    sentence = sentence_of(notice).in_language(language)
    letter = EmailMessage()
    letter["Subject"] = f"Urban Enclave: {sentence}"
    letter["From"] = settings.smtp_from
    letter["To"] = Address(addr_spec=notice.person.email)
    letter["Date"] = format_datetime(notice.created_at)
    domain = parseaddr(settings.smtp_from)[1].rpartition("@")[2]
    # Of the link too: an invitation that is sent again leads elsewhere, and who drops doubles must not keep the first.
    same = hashlib.sha256(link.encode()).hexdigest()[:16]
    letter["Message-ID"] = f"<notice-{notice.id}.{same}.{settings.fingerprint}@{domain}>"
    # RFC 3834: no vacation program answers to this.
    letter["Auto-Submitted"] = "auto-generated"
    body = _INVITATION if notice.kind is NoticeKind.INVITED else _BODY
    letter.set_content(body.in_language(language).format(sentence=sentence, link=link))
    letter["Content-Language"] = language
    return letter


@contextmanager
def _server(settings: Settings, secrets: SecretStore) -> Iterator[smtplib.SMTP]:
    trusted = ssl.create_default_context()
    host, port, seconds = settings.smtp_host, settings.smtp_port, settings.smtp_seconds
    if settings.smtp_security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=seconds, context=trusted)
    else:
        server = smtplib.SMTP(host, port, timeout=seconds)
    with server:
        if settings.smtp_security == "starttls":
            server.starttls(context=trusted)
        if settings.smtp_user:
            server.login(settings.smtp_user, secrets.read("smtp_password"))
        yield server
