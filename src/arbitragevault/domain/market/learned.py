"""Parameters that were learned: small versioned JSON files that ship with the package.

Each file says under ``learned`` what it was learned from (source, seeds, counts), with which
command, and the digest of the parameters, so that a result can be traced and repeated. No file is
learned from the products that it is scored on: seeds differ, and of recordings, from which only
``bids`` learns, each fold of products has its own parameters that were learned without it.
"""

from __future__ import annotations

import json
from hashlib import blake2b
from importlib.resources import files
from typing import Any, Final

DIGEST_BYTES: Final = 8


def load_learned(name: str) -> dict[str, Any]:
    """The parameters in ``learned/<name>.json``, without the record of how they were learned.

    Args:
        name: Name of the file, without its ending.

    Raises:
        ValueError: If the parameters were changed by hand: their digest differs.
    """
    found = json.loads(learned_text(name))
    how = found.pop("learned")
    if how["digest"] != digest_of(found):
        raise ValueError(
            f"The learned parameters {name!r} do not have their digest; learn them again with "
            f"`{how['command']}`."
        )
    parameters: dict[str, Any] = found
    return parameters


def learned_text(name: str) -> str:
    """The file itself."""
    return (files(__package__) / "learned" / f"{name}.json").read_text(encoding="utf-8")


def digest_of(parameters: dict[str, Any]) -> str:
    """Fingerprint of parameters: hexadecimal, independent of their order and layout."""
    plain = json.dumps(parameters, sort_keys=True, separators=(",", ":"))
    return blake2b(plain.encode(), digest_size=DIGEST_BYTES).hexdigest()
