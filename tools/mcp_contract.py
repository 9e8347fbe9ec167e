"""Writes the contract of the MCP tools that a test holds them to: ``make mcp``."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from mcp import Client

from arbitragevault import __version__
from arbitragevault.entrypoints.mcp.budget import Budgets
from arbitragevault.entrypoints.mcp.server import create_server
from arbitragevault.entrypoints.mcp.tools import Tools

CONTRACT = Path(__file__).parents[1] / "tests" / "api" / "mcp_contract.json"


async def contract() -> dict[str, Any]:
    """Every tool with its schemas; listing needs no running program."""
    nobody: Any = None
    async with Client(create_server(Tools(nobody, Budgets(0)), version=__version__)) as client:
        listed = await client.list_tools()
    return {
        tool.name: {
            "description": tool.description,
            "annotations": tool.annotations.model_dump(exclude_none=True),
            "input": tool.input_schema,
            "output": tool.output_schema,
        }
        for tool in listed.tools
        if tool.annotations
    }


if __name__ == "__main__":
    found = json.dumps(asyncio.run(contract()), indent=1, sort_keys=True)
    CONTRACT.write_text(found + "\n", encoding="utf-8")
