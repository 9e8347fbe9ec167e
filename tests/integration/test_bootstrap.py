"""Where everything meets: the first start in an empty folder, the second, and what can be wrong."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from arbitragevault import bootstrap
from arbitragevault.application.overview import status
from arbitragevault.application.runs import get_run, list_runs
from arbitragevault.bootstrap import services as assembly
from arbitragevault.domain.decision.runs import RunState
from arbitragevault.domain.errors import ConfigurationError, InvalidInputError
from arbitragevault.sandbox.server import create_sandbox, run_sandbox, simulated
from arbitragevault.settings import Settings, load_settings

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """Nothing configured but a data folder of its own."""
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "KEEPA_API_KEY", "KEEPA_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ARBITRAGEVAULT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ARBITRAGEVAULT_SANDBOX_PRODUCTS", "40")
    return monkeypatch


@pytest.fixture
def settings(environment: pytest.MonkeyPatch) -> Settings:
    assert environment is not None
    return load_settings()


async def test_the_first_start_scans_the_example_and_the_second_finds_it(
    settings: Settings, environment: pytest.MonkeyPatch
) -> None:
    environment.setattr(assembly, "example_leads", lambda: EXAMPLES / "leads.csv")
    async with bootstrap.open_services(settings, worker=True) as services:
        run = await bootstrap.first_start(services)
        assert run is not None
        assert run.rows > 200
        seen = await status(services, "1")
        assert (seen.sandbox, seen.data_source, seen.database) == (True, "sandbox", "embedded")
        assert seen.tokens.balance is not None
        async with asyncio.timeout(60):
            while not (await get_run(services, run.id)).state.is_final:  # noqa: ASYNC110  # database
                await asyncio.sleep(0.05)
        assert (await get_run(services, run.id)).state is RunState.SUCCEEDED
        cursor = services.cursors.after({"list": "runs"}, (1, 2))
    async with bootstrap.open_services(settings) as services:
        assert await bootstrap.first_start(services) is None
        assert [one.id for one in await list_runs(services)] == [run.id]
        assert services.cursors.place({"list": "runs"}, cursor) == (
            (1, 2),
            None,
        )  # by the same secret


async def test_without_the_example_the_first_start_is_empty(
    settings: Settings, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.setattr(assembly, "example_leads", lambda: tmp_path / "absent.csv")
    async with bootstrap.open_services(settings) as services:
        assert await bootstrap.first_start(services) is None


async def test_another_sandbox_has_a_database_of_its_own(
    settings: Settings, environment: pytest.MonkeyPatch
) -> None:
    async with bootstrap.open_services(settings) as services:
        here, cursor = services.database.address.place, services.cursors.after({}, (1, 2))
    environment.setenv("ARBITRAGEVAULT_SANDBOX_SEED", "2")
    environment.setenv("ARBITRAGEVAULT_SECRET", "of several machines")
    async with bootstrap.open_services(load_settings()) as services:
        assert services.database.address.place != here
        with pytest.raises(InvalidInputError):
            services.cursors.place({}, cursor)


async def test_a_server_elsewhere_needs_a_key(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("KEEPA_BASE_URL", "https://keepa.example")
    with pytest.raises(ConfigurationError, match="KEEPA_API_KEY"):
        async with bootstrap.open_services(load_settings()):
            pass


async def test_a_sandbox_on_a_port_is_spoken_to_without_a_key(
    environment: pytest.MonkeyPatch,
) -> None:
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    app = create_sandbox(simulated(size=10))
    serving = asyncio.create_task(
        run_sandbox(app, host="127.0.0.1", port=0, on_ready=ready.set_result)
    )
    environment.setenv("KEEPA_BASE_URL", await ready)
    async with bootstrap.open_services(load_settings()) as services:
        assert (await services.keepa.token_status()).tokens_left == 72_000
        assert services.is_sandbox
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


async def test_the_doctor_finds_what_is_in_order_and_what_is_not(
    settings: Settings, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    healthy = {check.check: check for check in await bootstrap.run_doctor(settings)}
    assert {healthy[name].status for name in ("data folder", "database", "schema")} == {"ok"}
    assert "sandbox" in healthy["market data"].detail

    environment.setenv("KEEPA_BASE_URL", "http://127.0.0.1:1")
    dead = {check.check: check for check in await bootstrap.run_doctor(load_settings())}
    assert dead["market data"].status == "failed"
    assert dead["market data"].mend is not None

    (tmp_path / "file").write_text("in the way")
    environment.setenv("ARBITRAGEVAULT_HOME", str(tmp_path / "file" / "below"))
    blocked = {check.check: check for check in await bootstrap.run_doctor(load_settings())}
    assert blocked["data folder"].status == "failed"
    assert blocked["database"].status == "failed"

    environment.setenv("DATABASE_URL", "mysql://x/y")
    wrong = {check.check: check for check in await bootstrap.run_doctor(load_settings())}
    assert wrong["settings"].status == "failed"
