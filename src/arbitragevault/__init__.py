"""The decision engine for people who buy goods in one place and sell them on Amazon.

The names below are imported on first use, so that ``import arbitragevault`` stays light:

* ``decode_keepa(raw)``: the markets in one Keepa answer.
* ``decide(lead, market, policy)``: what to do about a possible purchase.
* ``Lead``, ``Market``, ``Money``, ``Policy``, ``Decision``: what goes in and what comes out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from arbitragevault.adapters.keepa.wire import decode_keepa
    from arbitragevault.domain.decision.decide import decide
    from arbitragevault.domain.decision.decision import Decision
    from arbitragevault.domain.decision.lead import Lead
    from arbitragevault.domain.decision.policy import Policy
    from arbitragevault.domain.market.market import Market
    from arbitragevault.domain.money import Money

    __version__: str

__all__ = [
    "Decision",
    "Lead",
    "Market",
    "Money",
    "Policy",
    "__version__",
    "decide",
    "decode_keepa",
]

_HOMES: Final = {
    "Decision": "arbitragevault.domain.decision.decision",
    "Lead": "arbitragevault.domain.decision.lead",
    "Market": "arbitragevault.domain.market.market",
    "Money": "arbitragevault.domain.money",
    "Policy": "arbitragevault.domain.decision.policy",
    "decide": "arbitragevault.domain.decision.decide",
    "decode_keepa": "arbitragevault.adapters.keepa.wire",
}


def __getattr__(name: str) -> object:
    """Import a public name on first use (PEP 562)."""
    if name == "__version__":
        from importlib.metadata import version

        value: object = version("arbitragevault")
    elif name in _HOMES:
        from importlib import import_module

        value = getattr(import_module(_HOMES[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
