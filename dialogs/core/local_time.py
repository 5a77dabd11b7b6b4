"""Wall-clock times of a zone as instants, right across changes of daylight saving time."""

from datetime import UTC, date, datetime, time, tzinfo


def in_zone(day: date, clock: time, zone: tzinfo) -> datetime | None:
    """Return the instant of a wall-clock time in ``zone``, in UTC; None for a skipped time."""
    # Summer time: an hour is skipped in spring, and comes twice in autumn; then the first is meant.
    local = datetime.combine(day, clock, tzinfo=zone)
    instant = datetime.fromtimestamp(local.timestamp(), tz=zone)
    # A skipped wall-clock time does not survive the round trip.
    return None if instant.replace(tzinfo=None) != local.replace(tzinfo=None) else instant.astimezone(UTC)
