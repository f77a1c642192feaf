"""Points in time as filters write them → nanoseconds since 1970."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

SECOND = 1_000_000_000
_CLOCK = r"(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<part>\d{1,9}))?)?"
_ISO = re.compile(rf"(?P<year>\d{{4}})-(?P<month>\d\d)-(?P<day>\d\d)(?:[T ]\s*{_CLOCK}\s*(?P<zone>Z|UTC|[+-]\d\d:?\d\d)?)?",
                  re.ASCII)  # fmt: skip
_NAMED = re.compile(rf"(?P<month>[A-Z][a-z]{{2}})\s+(?P<day>\d\d?),\s*(?P<year>\d{{4}})\s+{_CLOCK}\s*(?P<zone>UTC)?",
                    re.ASCII)  # fmt: skip
_EPOCH = re.compile(r"(\d{1,11})(?:\.(\d{1,9}))?", re.ASCII)
_SPAN = re.compile(r"(?=.)(\d{1,9})?(?:\.(\d{1,9})?)?", re.ASCII)
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def nanoseconds(text: str) -> int | None:
    """ISO 8601, "Sep 26, 2004 23:18:04.95", or seconds since 1970; None where the text is none of them.

    Without a zone it is local time, as in wireshark-filter(4).
    """
    epoch = _EPOCH.fullmatch(text)
    if epoch:
        return int(epoch[1]) * SECOND + int((epoch[2] or "").ljust(9, "0"))
    match = _ISO.fullmatch(text) or _NAMED.fullmatch(text)
    if match is None:
        return None
    try:
        return _moment(match) * SECOND + int((match["part"] or "").ljust(9, "0"))
    except (ValueError, OverflowError, OSError):
        return None


def span(text: str) -> int | None:
    """Seconds with at most nine decimals as nanoseconds; None where the text is no such number."""
    match = _SPAN.fullmatch(text)
    return int(match[1] or 0) * SECOND + int((match[2] or "").ljust(9, "0")) if match else None


def _moment(match: re.Match[str]) -> int:
    """Whole seconds since 1970."""
    month = match["month"]
    number = int(month) if month.isdecimal() else _MONTHS.index(month) + 1
    hour, minute, second = (int(match[key] or 0) for key in ("hour", "minute", "second"))
    moment = datetime(int(match["year"]), number, int(match["day"]), hour, minute, second, tzinfo=_zone(match["zone"]))
    if moment.tzinfo is None:
        moment = moment.astimezone()
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)


def _zone(name: str | None) -> timezone | None:
    if name is None:
        return None
    if name in {"Z", "UTC"}:
        return UTC
    hours, minutes = int(name[1:3]), int(name[-2:])
    return timezone(timedelta(hours=hours, minutes=minutes) * (-1 if name[0] == "-" else 1))
