"""All features except privacy, which needs this list itself. A new feature adds its line here."""

from typing import Final

from dialogs.ambassadors import feature as ambassadors
from dialogs.announce import feature as announce
from dialogs.announce.teams import flow as teams
from dialogs.ask import flow as ask
from dialogs.core import review
from dialogs.core.action_use import ActionUse
from dialogs.core.audit import AuditCheckpoint, AuditEntry
from dialogs.core.data_request import DataRequest
from dialogs.core.erasure_receipt import ErasureHashes, ErasureReceipt
from dialogs.core.feature import Feature
from dialogs.core.image import Image
from dialogs.core.nightly_run import NightlyRun
from dialogs.core.person import Person
from dialogs.core.session import Session
from dialogs.editing import feature as editing
from dialogs.handoff import feature as handoff
from dialogs.insight import flow as insight
from dialogs.profile import flow as profile
from dialogs.provisioning import flow as provisioning
from dialogs.provisioning.graph import GraphState
from dialogs.provisioning.model import DirectoryRun, ScimCounts, ScimGroup, ScimToken, ScimUser
from dialogs.rehearsal import flow as rehearsal
from dialogs.rollout.classroom import feature as classroom
from dialogs.rollout.contacts import flow as contacts
from dialogs.rollout.learn import flow as learn
from dialogs.rollout.software import feature as software
from dialogs.rollout.status import flow as status
from dialogs.rollout.timeline import feature as timeline
from dialogs.signin import flow as signin
from dialogs.signin.model import (
    FormerIdentity,
    FormerKey,
    SignInAccount,
    SignInLink,
    SignInTransaction,
    UsedLogoutToken,
    WebSession,
)
from dialogs.unanswered import flow as unanswered

# In the order of the inventory.
FEATURES: Final[tuple[Feature, ...]] = (
    ask.FEATURE,
    Feature(records=(ActionUse,), answers=(review.FLOW,)),
    handoff.FEATURE,
    editing.FEATURE,
    unanswered.FEATURE,
    rehearsal.FEATURE,
    # Person must follow Session: retention of a person depends on the session.
    Feature(records=(Image, Session, Person)),
    profile.FEATURE,
    status.FEATURE,
    timeline.FEATURE,
    contacts.FEATURE,
    software.FEATURE,
    learn.FEATURE,
    classroom.FEATURE,
    announce.FEATURE,
    ambassadors.FEATURE,
    teams.FEATURE,
    signin.FEATURE,
    provisioning.FEATURE,
    insight.FEATURE,
    Feature(
        records=(
            AuditEntry,
            AuditCheckpoint,
            WebSession,
            SignInLink,
            SignInAccount,
            SignInTransaction,
            UsedLogoutToken,
            FormerIdentity,
            FormerKey,
            ScimUser,
            ScimGroup,
            ScimToken,
            ScimCounts,
            GraphState,
            DirectoryRun,
            NightlyRun,
            ErasureHashes,
            ErasureReceipt,
            DataRequest,
        )
    ),
)
