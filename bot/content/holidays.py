"""Norway's public holidays, cached because the library loads every country of the world."""

import json
from collections.abc import Iterable
from datetime import date
from importlib.metadata import version

from bot.ports import Cache
from dialogs.core.content import Holidays


def norwegian_holidays(years: Iterable[int], *, cache: Cache | None = None) -> Holidays:
    """Return Norway's public holidays, Christmas Eve and New Year's Eve.

    A cached result is used only with the same version of the library.
    """
    chosen = sorted(set(years))
    name = f"holidays-{version('holidays')}-{'-'.join(map(str, chosen))}.json"
    known = cache.read(name) if cache is not None else None
    if known is not None:
        try:
            return Holidays(days=frozenset(map(date.fromisoformat, json.loads(bytes(known)))))
        except (ValueError, TypeError):
            pass  # an incomplete or foreign file: compute it again
    import holidays  # noqa: PLC0415 - a sixth of a second and 10 MB

    days: set[date] = set(holidays.country_holidays("NO", years=chosen))
    days |= {date(year, 12, day) for year in chosen for day in (24, 31)}
    if cache is not None:
        cache.write(name, json.dumps(sorted(day.isoformat() for day in days)).encode())
    return Holidays(days=frozenset(days))
