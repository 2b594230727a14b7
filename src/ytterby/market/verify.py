"""Check a run again, from its exported tables alone."""

from __future__ import annotations

from pathlib import Path

from ytterby import runs
from ytterby.market.certificate import Certificate, certify
from ytterby.world.errors import Fault, InputError

NEEDED = (
    "nodes", "activities", "recipes", "links", "demands", "quotas", "quota_members", "contents", "prices",
    "production", "flows", "consumption", "balances", "pieces", "limits",
)  # fmt: skip


def verify(folder: str | Path) -> Certificate:
    """Recompute the certificate of a saved outcome; look at ``.holds`` and ``.failures()``.

    Raises InputError where the folder is no run, lacks a table, or was changed since it was written;
    CertificateError where a table does not cover its network.
    """
    run = runs.read(folder)
    missing = [name for name in NEEDED if name not in run.tables]
    if missing:
        raise InputError(
            "not a run of a market",
            [Fault(str(folder), f"no table {name!r}", "an outcome that was saved") for name in missing],
        )
    return certify(run.tables)
