"""Write web/openapi.json, the contract that the page's types are generated from.

Run by `make openapi`, which then generates the types.
"""

from __future__ import annotations

import json
from pathlib import Path

from arbitragevault.entrypoints.api.app import openapi_document

TARGET = Path(__file__).parents[1] / "web" / "openapi.json"

if __name__ == "__main__":
    TARGET.write_text(json.dumps(openapi_document(), indent=2, ensure_ascii=False) + "\n")
