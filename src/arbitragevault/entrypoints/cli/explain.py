"""``arbitragevault explain``, ``shortlist``, ``digest``, ``compare`` and ``ask``."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from arbitragevault.entrypoints.cli import output
from arbitragevault.entrypoints.cli.options import MarketplaceOption

if TYPE_CHECKING:
    from arbitragevault.application.explain import Order
    from arbitragevault.application.forms import FilledForm
    from arbitragevault.application.narration import Explanation

TemplateOption = Annotated[
    bool, typer.Option("--template", help="Leave the language model alone; the template writes.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def explain(
    decision_id: Annotated[int, typer.Argument(metavar="ID", help="Id of a decision.")],
    *,
    template: TemplateOption = False,
    json: JsonOption = False,
) -> None:
    """Say why a decision came out as it did, and what would change it."""
    from arbitragevault.application.explain import WhyOrder

    _show(WhyOrder(decision_id), template=template, json=json)


def shortlist(
    *,
    run: Annotated[str | None, typer.Option(metavar="ID", help="Only this run's.")] = None,
    size: Annotated[int, typer.Option(help="5, 10 or 15 picks.")] = 5,
    speed: Annotated[
        float, typer.Option(min=0, max=1, help="0 for profit alone, 1 for speed alone.")
    ] = 0.3,
    template: TemplateOption = False,
    json: JsonOption = False,
) -> None:
    """Pick the best decisions and say why, by profit or by how soon they sell."""
    from arbitragevault.application.explain import ShortlistOrder

    try:
        run_id = None if run is None else UUID(run)
    except ValueError:
        raise typer.BadParameter(f"{run!r} is no id of a run.") from None
    _show(ShortlistOrder(run_id, size, speed), template=template, json=json)


def digest(
    *,
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day (UTC); today if not set.")
    ] = None,
    template: TemplateOption = False,
    json: JsonOption = False,
) -> None:
    """Tell what a day's decisions came to."""
    from datetime import UTC

    from arbitragevault.application.explain import DigestOrder

    moment = None if day is None else day.replace(tzinfo=UTC)
    _show(DigestOrder(moment), template=template, json=json)


def compare(
    one: Annotated[int, typer.Argument(metavar="A", help="Id of a decision.")],
    other: Annotated[int, typer.Argument(metavar="B", help="Id of another one.")],
    *,
    template: TemplateOption = False,
    json: JsonOption = False,
) -> None:
    """Put two decisions beside each other and say what sets them apart."""
    from arbitragevault.application.explain import ComparisonOrder

    _show(ComparisonOrder(one, other), template=template, json=json)


def ask(
    words: Annotated[
        str,
        typer.Argument(help='What to look for, such as "books under $20 ranked below 100,000".'),
    ],
    *,
    leads: Annotated[
        bool, typer.Option("--leads", help="Make a filter of the decisions instead.")
    ] = False,
    marketplace: MarketplaceOption = "US",
    template: TemplateOption = False,
    json: JsonOption = False,
) -> None:
    """Turn words into a finder query, printed as a form to check and run; runs nothing itself."""
    form = asyncio.run(_ask(words, marketplace, leads=leads, template=template))
    if json:
        output.print_json(form)
        return
    _print_form(form)


async def _ask(words: str, marketplace: str, *, leads: bool, template: bool) -> FilledForm:
    from arbitragevault.application.forms import filter_form, finder_form
    from arbitragevault.application.narration import Author
    from arbitragevault.bootstrap import open_services

    author = Author.TEMPLATE if template else Author.AUTO
    async with open_services() as services:
        if leads:
            return await filter_form(services, words, author=author)
        return await finder_form(services, words, marketplace=marketplace, author=author)


def _print_form(form: FilledForm) -> None:
    console, notes = output.console(), output.notes()
    if form.fields:
        output.print_json(form.fields)
    for words in form.left:
        notes.print(f"Not understood: {output.plain(words)}")
    if form.tokens is not None:
        notes.print(
            f"Nothing has been asked yet. To run it, for at most {form.tokens} tokens, give the "
            "line above to `arbitragevault finder --selection`."
        )
    if not form.fields:
        console.print("None of these words is a filter.")
    _print_author(form.model, None if form.why_template is None else form.why_template.text)


def _show(order: Order, *, template: bool, json: bool) -> None:
    explanation = asyncio.run(_explain(order, template=template))
    if json:
        output.print_json(_as_json(explanation))
        return
    _print(explanation)


async def _explain(order: Order, *, template: bool) -> Explanation:
    from arbitragevault.application.explain import explain as explain_order
    from arbitragevault.application.narration import Author
    from arbitragevault.bootstrap import open_services

    author = Author.TEMPLATE if template else Author.AUTO
    async with open_services() as services:
        return await explain_order(services, order, author=author)


def _print(explanation: Explanation) -> None:
    from rich.text import Text

    console = output.console()
    claims = {section.about: section.claims for section in explanation.narrative.sections}
    for part in explanation.brief.parts:
        heading = Text(output.plain(part.title), style="bold")
        if part.verdict is not None and part.prefix:
            heading = Text.assemble(heading, "  ", output.verdict_text(part.verdict))
        console.print(heading)
        for claim in claims.get(part.about, ()):
            console.print(Text(f"  {output.plain(claim.text)}"))
    why = explanation.why_template
    _print_author(explanation.model, None if why is None else why.text)


def _print_author(model: str | None, why: str | None) -> None:
    if model is not None:
        output.notes().print(f"Written by {output.plain(model)}; every figure was checked.")
    elif why is not None:
        output.notes().print(f"Written by the template. {output.plain(why)}")


def _as_json(explanation: Explanation) -> dict[str, object]:
    claims = {section.about: section.claims for section in explanation.narrative.sections}
    return {
        "use": explanation.brief.use.value,
        "parts": [
            {
                "about": part.about,
                "title": part.title,
                "verdict": part.verdict,
                "claims": claims.get(part.about, ()),
            }
            for part in explanation.brief.parts
        ],
        "facts": [
            {"id": fact.id, "label": fact.label, "text": fact.text}
            for fact in explanation.brief.facts
        ],
        "model": explanation.model,
        "why_template": explanation.why_template,
        "cached": explanation.is_cached,
        "version": explanation.version,
    }
