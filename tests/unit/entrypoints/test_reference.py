import runpy
from pathlib import Path

import pytest

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"


@pytest.mark.parametrize("page", ["cli.md", "errors.md"])
def test_the_references_follow_the_program(page: str) -> None:
    generator = runpy.run_path(str(REFERENCE / "generate.py"))
    written = (REFERENCE / page).read_text(encoding="utf-8")
    assert written == generator["PAGES"][page](), "run: python docs/reference/generate.py"
