"""Data inventory: everything the bot stores, field by field.

A test fails if a stored field is missing.
"""

from typing import Final

from dialogs.ambassadors.application import AmbassadorApplication
from dialogs.ambassadors.tip import Tip
from dialogs.announce.following import Following
from dialogs.announce.model import Announcement, Confirmation
from dialogs.availability.profile import AmbassadorProfile
from dialogs.availability.worklist import Worklist
from dialogs.core.audit import AuditEntry
from dialogs.core.holding import Erasing, Ground, Holding, Whose, fields
from dialogs.core.image import Image
from dialogs.core.person import Person
from dialogs.core.question import Question
from dialogs.core.session import Session
from dialogs.handoff.addition import Addition
from dialogs.handoff.allowance import GuestAllowance
from dialogs.handoff.draft import Draft, Unsent
from dialogs.handoff.model import Handoff
from dialogs.handoff.suggestion import Suggestion
from dialogs.privacy.web import WebUtterance
from dialogs.rollout.learn.model import CourseTaken
from dialogs.rollout.software.model import Application
from dialogs.signin.model import FormerIdentity, FormerKey, SignInLink, WebSession
from dialogs.teams_membership.model import Team

INVENTORY: Final[tuple[Holding, ...]] = (
    Holding(
        kind="question",
        record=Question,
        months=12,
        dated="asked_at",
        purposes=fields(
            order="id person_id",
            answer="utterance language article_id candidates announcement_id",
            improve="outcome confidence helped",
            help="images",
            place="municipality_id",
            time="asked_at",
        ),
    ),
    Holding(
        kind="web_utterance",
        record=WebUtterance,
        months=12,
        dated="at",
        purposes=fields(order="said_id person_id", answer="text", help="images", time="at"),
    ),
    Holding(
        kind="handoff",
        record=Handoff,
        months=12,
        dated="changed_at",
        purposes=fields(
            order="id asker_id acceptances resolutions reminders rounds said",
            help="question question_id article_id sent_article_id topics language answer tips asked knowing"
            " question_images images"
            " status next_at expected_at last_said_by last_said_at owner_spoke turned told",
            network="offered_to stands_in_for owner_id contacts declined tried",
            improve="helped rating",
            place="municipality_id unit_id",
            evidence="history",
            time="created_at changed_at",
        ),
    ),
    Holding(
        kind="handoff_draft",
        record=Draft,
        months=1,
        dated="created_at",
        purposes=fields(order="id asker_id", help="question question_id article_id topics images", time="created_at"),
    ),
    Holding(
        kind="addition",
        record=Addition,
        whose=Whose.ACTOR,
        months=12,
        longer_in_use=True,
        dated="suggested_at",
        terms=("editor:{id}",),
        erasing=Erasing.KEPT,
        purposes=fields(
            order="id handoff_id",
            improve="question answer article_id language",
            place="municipality_id",
            evidence="added_by undone_by",
            time="suggested_at added_at undone_at",
        ),
    ),
    Holding(
        kind="suggestion",
        record=Suggestion,
        whose=Whose.HELPER,
        months=12,
        dated="created_at",
        purposes=fields(
            order="id handoff_id",
            improve="question answer article_id language verdict",
            place="municipality_id",
            evidence="by decided_by",
            time="created_at decided_at",
        ),
    ),
    Holding(
        kind="unsent", record=Unsent, months=1, dated="at", purposes=fields(order="id", help="text images", time="at")
    ),
    Holding(
        kind="image",
        record=Image,
        months=12,
        dated="at",
        purposes=fields(order="id person_id handoff_id announcement_id", help="media_type size_bytes", time="at"),
    ),
    Holding(
        kind="software_application",
        record=Application,
        months=24,
        dated="changed_at",
        purposes=fields(
            order="id person_id",
            program="program program_id reason standing shown_to word",
            place="municipality_id",
            evidence="decided_by",
            time="applied_at changed_at",
        ),
    ),
    Holding(
        kind="course_taken",
        record=CourseTaken,
        months=36,
        dated="taken_at",
        purposes=fields(order="person_id", learn="course_id", time="taken_at"),
    ),
    Holding(
        kind="following",
        record=Following,
        terms=(),
        by_id=True,
        purposes=fields(order="id", choice="topics", time="changed_at"),
    ),
    Holding(
        kind="confirmation",
        record=Confirmation,
        months=24,
        dated="at",
        purposes=fields(order="id person_id", inform="announcement_id since", time="at"),
    ),
    Holding(
        kind="session",
        record=Session,
        months=12,
        dated="changed_at",
        terms=(),
        by_id=True,
        purposes=fields(
            order="id asked sent",
            answer="article_id announcement_id",
            help="talking_in suggestions",
            time="sent_since changed_at",
        ),
    ),
    Holding(
        kind="person",
        record=Person,
        whose=Whose.STAFF,
        months=12,
        dated="created_at",
        terms=(),
        by_id=True,
        erasing=Erasing.KEPT_REGISTERED,
        purposes=fields(
            order="id registered left welcomed",
            identity="name object_id tenant_id roles",
            place="municipality_id unit_id",
            choice="language language_chosen muted quiet",
            reach="email addresses last_channel",
            time="created_at",
        ),
    ),
    Holding(
        kind="ambassador",
        record=AmbassadorProfile,
        whose=Whose.HELPER,
        erasing=Erasing.KEPT_REGISTERED,
        purposes=fields(network="ambassador", choice="tips", evidence="history", time="joined_at"),
    ),
    Holding(
        kind="desk",
        record=Worklist,
        whose=Whose.HELPER,
        terms=(),
        by_id=True,
        purposes=fields(
            order="id slot queue",
            network="municipality_id open offered done taken last_offer_at of_guests",
            time="looked_at",
        ),
    ),
    Holding(
        kind="guest_allowance",
        record=GuestAllowance,
        whose=Whose.NOBODY,
        terms=(),
        erasing=Erasing.KEPT,
        purposes=fields(order="id sent", time="since"),
    ),
    Holding(
        kind="ambassador_application",
        record=AmbassadorApplication,
        months=24,
        dated="created_at",
        purposes=fields(
            order="id standing deciders through_contact",
            network="topics motive word",
            place="municipality_id unit_id",
            evidence="decided_by",
            time="created_at decided_at",
        ),
    ),
    Holding(
        kind="tip",
        record=Tip,
        whose=Whose.HELPER,
        months=12,
        dated="created_at",
        purposes=fields(order="id week", network="by text", place="municipality_id", time="created_at"),
    ),
    Holding(
        kind="announcement",
        record=Announcement,
        whose=Whose.ANNOUNCER,
        months=36,
        dated="changed_at",
        terms=("author:{id}",),
        erasing=Erasing.KEPT,
        purposes=fields(
            order="id desk colleagues state edition version tasks resting resting_until reach counted chases"
            " settled_before",
            inform="wordings links image_id audience channels severity confirm confirm_since incident joiners earlier"
            " pending scheduled_at expires_at started_at",
            place="municipality_id",
            evidence="author_id approved_by history",
            time="created_at changed_at",
        ),
    ),
    Holding(
        kind="team",
        record=Team,
        whose=Whose.NOBODY,
        terms=(),
        erasing=Erasing.KEPT,
        purposes=fields(
            order="id archived", inform="name channels", place="municipality_id tenant_id", time="changed_at"
        ),
    ),
    Holding(
        kind="audit",
        record=AuditEntry,
        whose=Whose.ACTOR,
        ground=Ground.LEGAL_OBLIGATION,
        months=24,
        dated="at",
        terms=("by:{id}", "subject:{id}"),
        erasing=Erasing.KEPT,
        purposes=fields(order="id", evidence="act subject by details", time="at"),
    ),
    Holding(
        kind="signin_session",
        record=WebSession,
        purposes=fields(order="id", identity="person_id way", time="created_at seen_at expires_at"),
    ),
    Holding(
        kind="signin_link",
        record=SignInLink,
        purposes=fields(order="id", identity="person_id", time="created_at expires_at"),
    ),
    Holding(
        kind="former_identity",
        record=FormerIdentity,
        whose=Whose.FORMER,
        ground=Ground.LEGAL_OBLIGATION,
        terms=(),
        erasing=Erasing.KEPT_FORMER,
        purposes=fields(keep_out="id", order="key"),
    ),
    Holding(
        kind="former_key",
        record=FormerKey,
        whose=Whose.NOBODY,
        ground=Ground.LEGAL_OBLIGATION,
        terms=(),
        erasing=Erasing.KEPT_FORMER,
        purposes=fields(keep_out="fingerprint"),
    ),
    Holding(
        kind="delivery",
        record=None,
        months=12,
        terms=(),
        purposes=fields(
            order="id slot version sequence group attempts possibly_twice lease_token lease_until turn",
            reach="recipient message status reason urgency address channel reference",
            time="posted_at due_at ready_at expires_at settled_at",
        ),
    ),
    Holding(kind="timer", record=None, terms=(), purposes=fields(order="key verb data", time="at")),
)
"""In display order.

``person`` must follow ``session``, because retention of a person depends on the session.
"""
