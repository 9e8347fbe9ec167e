# The verbs of the project; CI calls the same ones.
.DEFAULT_GOAL := check
.PHONY: run test test-pooled check check-python check-web bench openapi mcp pins example migration

run:
	uv run arbitragevault up

test:
	uv run pytest

# What touches sessions most, through a PgBouncer in transaction mode; `pytest --pooler` runs all.
test-pooled:
	uv run pytest --pooler tests/integration/postgres/test_stored_decisions.py \
		tests/integration/postgres/test_tenancy.py tests/integration/postgres/test_units.py \
		tests/integration/application/test_upkeep.py tests/api/test_many_clients.py

check: check-python check-web

check-python:
	uv run ruff check .
	uv run ruff format --check .
	uv run mypy
	uv run lint-imports --no-logo
	uv run codespell

check-web:
	uv run npm --prefix web ci --silent
	uv run npm --prefix web run check
	uv run npm --prefix web run test

bench:
	@for file in benchmarks/[a-z]*.py; do echo "== $$file"; uv run python $$file || exit 1; done

# The API's contract, and the page's types generated from it.
openapi:
	uv run python tools/openapi.py
	uv run npm --prefix web run api

# The MCP tools' contract, which a test holds them to.
mcp:
	uv run python tools/mcp_contract.py

# Exact versions of everything that resolves today, from whichever registry is configured.
pins:
	uv run --no-project python tools/pins.py

# The lead file that fits the built-in sandbox; costs follow what decide() says today.
example:
	uv run python tools/example_leads.py

migration:
	uv run alembic -c src/arbitragevault/adapters/postgres/migrations/alembic.ini revision --autogenerate -m "$(m)"
