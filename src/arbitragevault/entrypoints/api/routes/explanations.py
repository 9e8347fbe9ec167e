"""Explanations: texts beside their facts, whole or step by step, and forms from words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, time
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.sse import EventSourceResponse, ServerSentEvent

from arbitragevault.application import forms
from arbitragevault.application.explain import (
    ComparisonOrder,
    DigestOrder,
    Order,
    ShortlistOrder,
    WhyOrder,
    brief_of,
)
from arbitragevault.application.model_calls import spent_today
from arbitragevault.application.narration import Author, Claimed, Step, Withdrawn, Written, write
from arbitragevault.application.products import ProductTerms, view_product
from arbitragevault.application.services import Services
from arbitragevault.domain.catalog.product import Channel, Condition
from arbitragevault.domain.explanation.narrative import Brief
from arbitragevault.entrypoints.api.events import Bye, until_stopped
from arbitragevault.entrypoints.api.lifetime import ServicesDep, StoppingDep
from arbitragevault.entrypoints.api.schemas.explanations import (
    ClaimEvent,
    ColumnsFormRequest,
    ComparisonRequest,
    DigestRequest,
    Explanation,
    ExplanationRequest,
    FilledForm,
    FinderFormRequest,
    FormRequest,
    NarratorUsage,
    ProductInQuestion,
    ShortlistRequest,
    WhyRequest,
    shown,
)

router = APIRouter(tags=["explanations"])


async def _brief(request: ExplanationRequest, services: ServicesDep) -> tuple[Brief, Author]:
    """What to write about: a stream has to refuse before its first byte."""
    order = await _order(services, request)
    return await brief_of(services, order), Author(request.author)


BriefDep = Annotated[tuple[Brief, Author], Depends(_brief)]


async def _order(services: Services, request: ExplanationRequest) -> Order:
    match request:
        case WhyRequest(decision_id=id_, product=product):
            if product is None:
                return WhyOrder(id_)
            return WhyOrder(record=await _record(services, product))
        case ShortlistRequest(run_id=run_id, size=size, speed=speed):
            return ShortlistOrder(run_id, size, speed)
        case DigestRequest(day=day):
            return DigestOrder(None if day is None else datetime.combine(day, time(), UTC))
        case ComparisonRequest(one=one, other=other):
            return ComparisonOrder(one, other)


async def _record(services: Services, product: ProductInQuestion) -> dict[str, object]:
    terms = ProductTerms(
        cost=product.cost,
        condition=None if product.condition is None else Condition(product.condition),
        channel=None if product.channel is None else Channel(product.channel),
        quantity=product.quantity,
        policy=product.policy,
    )
    view = await view_product(services, product.marketplace, product.asin, terms)
    return view.decision


@router.post("/explanations", name="explain")
async def explain(brief: BriefDep, services: ServicesDep) -> Explanation:
    """A text about decisions, with the facts that every claim rests on.

    Written by the language model if one is set up and its figures pass the check, else by the
    template; the answer says which, and why.
    """
    about, author = brief
    steps = [step async for step in write(services, about, author=author)]
    return shown(next(step.explanation for step in steps if isinstance(step, Written)))


@router.post("/explanations/events", name="follow_explanation", response_class=EventSourceResponse)
async def follow(
    brief: BriefDep, services: ServicesDep, stopping: StoppingDep
) -> AsyncIterator[ServerSentEvent]:
    """The same as server-sent events while it is written.

    ``claim`` carries a checked claim, ``withdrawn`` says that the claims so far do not count,
    ``written`` carries the whole and ends the stream. ``bye`` says that the server stops.
    """
    about, author = brief
    async for step in until_stopped(write(services, about, author=author), stopping):
        yield _event(step)


def _event(step: Step | Bye) -> ServerSentEvent:
    match step:
        case Claimed(about=about, claim=claim):
            event = ClaimEvent(about=about, text=claim.text, facts=list(claim.facts))
            return ServerSentEvent(event="claim", data=event)
        case Withdrawn(reason=reason):
            return ServerSentEvent(event="withdrawn", data={"reason": reason})
        case Written(explanation=explanation):
            return ServerSentEvent(event="written", data=shown(explanation))
        case Bye():
            return ServerSentEvent(event="bye", data={"reason": "The server is stopping."})


@router.get("/explanations/usage", name="get_narrator_usage")
async def usage(services: ServicesDep) -> NarratorUsage:
    """What the language model used today, and which fields it may see."""
    spent, terms = await spent_today(services), services.narration
    return NarratorUsage(
        model=None if terms.narrator is None else terms.narrator.model,
        calls=spent.calls,
        tokens=spent.tokens,
        most_per_day=terms.tokens_per_day,
        micro_dollars=spent.micro_dollars,
        median_ms=spent.median_ms,
        sent=sorted(terms.sent),
    )


@router.post("/forms/finder", name="fill_finder_form", response_model=FilledForm)
async def finder_form(request: FinderFormRequest, services: ServicesDep) -> forms.FilledForm:
    """A Product Finder query from words, to be edited; it asks Keepa nothing."""
    return await forms.finder_form(
        services, request.words, marketplace=request.marketplace, author=Author(request.author)
    )


@router.post("/forms/filter", name="fill_filter_form", response_model=FilledForm)
async def filter_form(request: FormRequest, services: ServicesDep) -> forms.FilledForm:
    """A filter of the decisions table from words, to be edited."""
    return await forms.filter_form(services, request.words, author=Author(request.author))


@router.post("/forms/columns", name="fill_columns_form", response_model=FilledForm)
async def columns_form(request: ColumnsFormRequest, services: ServicesDep) -> forms.FilledForm:
    """The heading for each field of a lead, for files whose headings are odd."""
    return await forms.columns_form(
        services, request.headings, request.rows, author=Author(request.author)
    )
