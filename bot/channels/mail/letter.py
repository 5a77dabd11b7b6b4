"""The e-mail of an alert: no name, no word of a person, no id, and one address of Heia without a secret."""

import hashlib
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from dialogs.core.alert import ALERTS_PATH
from dialogs.core.texts import Texts


def letter(texts: Texts, *, sender: str, to: str, origin: str, delivery_id: str, at: datetime) -> EmailMessage:
    """Return the e-mail to the address ``to``. The same delivery has the same Message-ID at every attempt."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = to
    message["Subject"] = texts("alert.subject")
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{hashlib.sha256(delivery_id.encode()).hexdigest()[:32]}@{domain_of(sender)}>"
    message["Content-Language"] = texts.language.value
    # Out-of-office replies would come back to a mailbox that answers nobody.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message["List-Unsubscribe"] = f"<{origin}{ALERTS_PATH}>"
    message.set_content(texts("alert.body", chat=f"{origin}/chat", off=f"{origin}{ALERTS_PATH}"))
    return message


def domain_of(address: str) -> str:
    """Return the part of an address after the @."""
    return address.rpartition("@")[2]
