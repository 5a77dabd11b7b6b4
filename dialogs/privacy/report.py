"""The inventory and the audit log as rows of text, for auditors."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dialogs.core.audit import AuditEntry
from dialogs.core.data_rules import Erasing, Ground
from dialogs.core.holding import Holding
from dialogs.core.texts import Texts
from dialogs.privacy.field_labels import path_label
from dialogs.privacy.inventory import INVENTORY
from knowledge.organisation.unit import Municipality


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryRow:
    """One stored field.

    All values except ``kind``, ``field`` and ``most`` are in the reader's language. ``label``: the name of ``field``.
    """

    kind: str
    title: str
    field: str
    label: str
    purpose: str
    ground: str
    retention: str
    whose: str
    erasing: str
    most: str


def inventory_rows(texts: Texts) -> Iterator[InventoryRow]:
    """Yield every stored field with purpose, legal ground, retention and data subject."""
    for holding in INVENTORY:
        for name, purpose in holding.purposes.items():
            yield InventoryRow(
                kind=holding.kind,
                title=texts(f"privacy.kind.{holding.kind}"),
                field=name,
                label=path_label(texts, name),
                purpose=texts(f"privacy.purpose.{purpose}"),
                ground=ground_text(texts, holding),
                retention=retention(texts, holding),
                whose=texts(f"privacy.whose.{holding.whose}"),
                erasing=texts(f"privacy.erasing.{holding.erasing}"),
                most=holding.most,
            )


def ground_text(texts: Texts, holding: Holding, employers: Iterable[Municipality] = ()) -> str:
    """Return the legal ground of a kind for these employers; without any, for a municipality and a provider."""
    if holding.ground is Ground.PUBLIC_TASK:
        return task_ground(texts, employers)
    return texts(f"privacy.ground.{holding.ground}")


def task_ground(texts: Texts, employers: Iterable[Municipality]) -> str:
    """Return the ground of what employers do without a legal obligation."""
    # A company has no public task: a municipality's task is a legitimate interest of the provider.
    providers = {employer.provider for employer in employers}
    if len(providers) != 1:
        return texts("privacy.ground.by_employer")
    return texts("privacy.ground.interest" if True in providers else f"privacy.ground.{Ground.PUBLIC_TASK}")


def retention(texts: Texts, holding: Holding) -> str:
    """Return the retention of a kind, as text."""
    if holding.months is not None and holding.erasing is Erasing.KEPT_REGISTERED:
        return texts("privacy.until_or", until=texts(f"privacy.until.{holding.kind}"), limit=limit(texts, holding))
    return limit(texts, holding)


def limit(texts: Texts, holding: Holding) -> str:
    """Return the retention of a kind for people outside the registry, as text."""
    if holding.months is None:
        return texts(f"privacy.until.{holding.kind}")
    key = "privacy.within_months_unless_used" if holding.longer_in_use else "privacy.within_months"
    return texts.plural(key, holding.months)


def audit_rows(entries: Iterable[AuditEntry]) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield time (ISO 8601, UTC), act, subject, actor and details of each entry, oldest first."""
    for entry in sorted(entries, key=lambda entry: (entry.at, entry.id)):
        details = " ".join(f"{name}={value}" for name, value in entry.details)
        yield entry.at.isoformat(), entry.act, entry.subject, entry.by, details
