"""Levies: what is a share of the price or of other fees, such as value added tax.

A levy is rounded by itself, half up, as an invoice line is. So with levies net proceeds may fall by
a minor unit or two from one price to the next, although they rise with the price as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.domain.economics.fees.model import FeeCode, FeeLine
from arbitragevault.domain.economics.fees.referral import PPM

AMAZON_CODES: Final = frozenset(FeeCode) - {
    FeeCode.FBM_SHIPPING,
    FeeCode.DIGITAL_SERVICES,
    FeeCode.VAT_ON_FEES,
    FeeCode.VAT_ON_SALE,
}
"""What Amazon invoices for selling and FBA services: the carrier and the tax office are others."""


@dataclass(frozen=True, slots=True)
class Levy:
    """A share of the total sales price, or of some fees.

    Args:
        code: What it is for.
        rule: Id of the rule.
        rate_ppm: The rate in parts per million; None if not known.
        base: Codes of the fees that it is taken of; None takes the total sales price.
        is_included: Whether the base already contains it, as a price contains its VAT.
        comes_back: Whether the seller gets it back, which lowers the fees.
        basis: What decided it, for people.
        not_known: Why the rate is None.
    """

    code: FeeCode
    rule: str
    rate_ppm: int | None
    base: frozenset[FeeCode] | None
    is_included: bool
    comes_back: bool = False
    basis: str = ""
    not_known: str | None = None

    def cents(self, base_cents: int) -> int | None:
        """The levy on a base of 0 or more, rounded half up; None if the rate is not known."""
        if self.rate_ppm is None:
            return None
        whole = PPM + (self.rate_ppm if self.is_included else 0)
        amount = (2 * base_cents * self.rate_ppm + whole) // (2 * whole)
        return -amount if self.comes_back else amount

    def cents_array(self, base_cents: NDArray[np.float64]) -> NDArray[np.float64]:
        """`cents` of each base; NaN stays NaN. Exact up to bases of ten million dollars."""
        if self.rate_ppm is None:
            return np.full(np.shape(base_cents), np.nan)
        whole = PPM + (self.rate_ppm if self.is_included else 0)
        amount: NDArray[np.float64] = (2.0 * base_cents * self.rate_ppm + whole) // (2 * whole)
        return -amount if self.comes_back else amount

    def line(self, total_cents: int, lines: Iterable[FeeLine]) -> FeeLine:
        """The fee line at a total sales price and beside the lines before it."""
        of = [line for line in lines if self.base is not None and line.code in self.base]
        if self.rate_ppm is None:
            return FeeLine(self.code, None, self.rule, {"basis": self.basis}, self.not_known)
        open_line = next((line for line in of if line.amount_cents is None), None)
        if open_line is not None:
            return FeeLine(self.code, None, self.rule, {}, open_line.unknown_reason)
        base = total_cents if self.base is None else sum(line.amount_cents or 0 for line in of)
        inputs: dict[str, str | int | float] = {
            "base": base,
            "rate": f"{self.rate_ppm / 10_000:g} %",
            "basis": self.basis,
        }
        return FeeLine(self.code, self.cents(base), self.rule, inputs)
