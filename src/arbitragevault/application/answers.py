"""What the rows of a batch are answered: their decision, or why there is none.

One row never stops the others: what goes wrong with it becomes its own answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog

from arbitragevault.adapters.postgres.repositories import run_items
from arbitragevault.adapters.postgres.repositories import runs as run_rows
from arbitragevault.application.acquire import Acquisition
from arbitragevault.application.policies import policy_from_body
from arbitragevault.application.rows import decided_row, refused_row
from arbitragevault.application.stages import lead_of, likeliest, wanted_by
from arbitragevault.domain.catalog.marketplace import marketplace_by_code
from arbitragevault.domain.decision.assessment import assess
from arbitragevault.domain.decision.decide import decide
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.decision.record import decision_record
from arbitragevault.domain.errors import LeadRowError, TokenCapError
from arbitragevault.domain.market.market import Market

log = structlog.get_logger()

BROKEN_ROW: Final = (
    "This row could not be decided because of a fault of the program; its log says which."
)


@dataclass(frozen=True, slots=True)
class AnsweredRow:
    """An item with its finished row.

    Args:
        item: The item of the run.
        row: The row as it is stored and shown.
        assessment: What re-deciding by another policy needs, packed; None for a refused row.
    """

    item: run_items.Item
    row: dict[str, Any]
    assessment: bytes | None = None


class _Refusal(Exception):  # noqa: N818  # an answer to a row, not an error of the program
    """Why a row cannot be decided; becomes its answer."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def answered_rows(
    run: run_rows.Run,
    items: Sequence[run_items.Item],
    acquisition: Acquisition,
    *,
    sandbox: bool,
) -> list[AnsweredRow]:
    """The finished rows of a batch; items whose market is missing are left out.

    Args:
        run: The run, with the policy that it was started with.
        items: Items of the batch.
        acquisition: What was fetched or found stored for them, and what went wrong.
        sandbox: The data are the sandbox's; every row says so.
    """
    policy = policy_from_body(run.policy_body)
    answers = (_answer(run, item, acquisition, policy, sandbox=sandbox) for item in items)
    return [answer for answer in answers if answer is not None]


def _answer(
    run: run_rows.Run,
    item: run_items.Item,
    acquisition: Acquisition,
    policy: Policy,
    *,
    sandbox: bool,
) -> AnsweredRow | None:
    """One item with its finished row; None if it has to be tried again."""
    where = marketplace_by_code(run.marketplace)

    def refused(code: str, message: str) -> AnsweredRow:
        return AnsweredRow(item, refused_row(item, where, code, message, sandbox=sandbox))

    try:
        markets = _markets(run, item, acquisition)
    except _Refusal as refusal:
        return refused(refusal.code, refusal.message)
    if markets is None:
        return None
    try:
        lead = lead_of(item, markets)
        decision = decide(lead, likeliest(markets), policy)
        row = decided_row(item, lead, decision_record(decision), sandbox=sandbox)
        return AnsweredRow(item, row, assess(decision.study, lead))
    except LeadRowError as error:
        return refused(error.code, error.message)
    except Exception:
        log.exception("row broke", run_id=str(run.id), row=item.ordinal, asin=item.asin)
        return refused("internal", BROKEN_ROW)


def _markets(
    run: run_rows.Run, item: run_items.Item, acquisition: Acquisition
) -> list[Market] | None:
    """The markets that an item means, at least one; None if it has to be tried again."""
    if item.error_code is not None:
        raise _Refusal(item.error_code, item.error_message or "")
    wanted = wanted_by(item)
    trouble, markets = acquisition.refusal(wanted), acquisition.of(wanted)
    if markets is None and trouble is None and isinstance(acquisition.trouble, TokenCapError):
        trouble = acquisition.trouble
    if trouble is not None:
        raise _Refusal(trouble.code, trouble.message)
    if markets is not None and not markets:
        host = marketplace_by_code(run.marketplace).host
        raise _Refusal(
            "product_not_found", f"Keepa knows no product with the code {item.code} on {host}."
        )
    return markets
