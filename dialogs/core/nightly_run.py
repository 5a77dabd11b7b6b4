"""The nightly jobs, and the last completed run of each."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Final

from dialogs.core.data_rules import DataRules, Erasing, Ground, Purpose, Whose


@dataclass(frozen=True, slots=True, kw_only=True)
class NightlyJob:
    """A job that runs every night. ``delay``: time after three o'clock.

    ``key`` and ``verb`` are of its timer; the text ``officer.run.NAME`` describes it. ``removes``: it deletes data.
    """

    name: str
    key: str
    verb: str
    delay: timedelta = timedelta()
    removes: bool = True


RETENTION: Final = NightlyJob(name="retention", key="privacy/retain", verb="privacy.retain")
CLEAN: Final = NightlyJob(name="clean", key="clean", verb="runtime.clean")
# Images follow the records that they belong to, which retention removes first.
IMAGES: Final = NightlyJob(name="images", key="images", verb="runtime.images", delay=timedelta(hours=1))
AUDIT: Final = NightlyJob(name="audit", key="audit", verb="runtime.audit")
CREDENTIALS: Final = NightlyJob(name="credentials", key="credentials", verb="runtime.credentials", removes=False)
STATISTICS: Final = NightlyJob(name="statistics", key="statistics", verb="runtime.statistics", removes=False)
# Programs that must be assessed again.
PROGRAMS: Final = NightlyJob(name="programs", key="programs", verb="runtime.programs", removes=False)
# Every nightly job, scheduled at the start and checked by doctor.
NIGHTLY_JOBS: Final = (RETENTION, CLEAN, IMAGES, AUDIT, CREDENTIALS, STATISTICS, PROGRAMS)
# Those that delete data, shown to the data protection officer.
REMOVAL_JOBS: Final = tuple(job for job in NIGHTLY_JOBS if job.removes)


@dataclass(frozen=True, slots=True, kw_only=True)
class NightlyRun:
    """Completion of a nightly job, or of a backup; ``id`` is the job's name. It refers to no person.

    ``removed`` counts the records that the run removed.
    """

    KIND: ClassVar[str] = "nightly_run"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="none: one for each nightly job, and one for the last backup",
        whose=Whose.NOBODY,
        ground=Ground.LEGAL_OBLIGATION,
        terms=(),
        erasing=Erasing.KEPT,
    )

    id: Annotated[str, Purpose.ORDER]
    done_at: Annotated[datetime, Purpose.EVIDENCE]
    removed: Annotated[int, Purpose.EVIDENCE] = 0

    def terms(self) -> Iterable[str]:
        """Return no terms: the record is read by the job's name only."""
        return ()
