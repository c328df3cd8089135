"""Today's date, for suppressions that expire: asked once, at the edge, and handed on."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from migrator.errors import EnvironmentProblem


def today(environment: Mapping[str, str]) -> datetime.date:
    """Today in UTC; the day of SOURCE_DATE_EPOCH where that is set (reproducible-builds.org).

    Errors: EnvironmentProblem where it is set and is no number of seconds.
    """
    epoch = environment.get("SOURCE_DATE_EPOCH", "")
    if not epoch:
        return datetime.datetime.now(tz=datetime.timezone.utc).date()
    try:
        return datetime.datetime.fromtimestamp(int(epoch), tz=datetime.timezone.utc).date()
    except (ValueError, OverflowError, OSError):
        raise EnvironmentProblem(
            f"SOURCE_DATE_EPOCH is not a number of seconds: {epoch!r}", hint="unset it"
        ) from None
