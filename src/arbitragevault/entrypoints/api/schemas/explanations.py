"""Explanations and forms, as the API takes and answers them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from arbitragevault.application.narration import Explanation as WrittenExplanation
from arbitragevault.entrypoints.api.schemas.decisions import Verdict
from arbitragevault.entrypoints.api.schemas.shape import Shape

Author = Literal["auto", "template"]
_Text = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]
_Cell = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]


class _Request(BaseModel):
    """What all requests have in common."""

    model_config = ConfigDict(extra="forbid")

    author: Author = Field("auto", description="`template` leaves the language model alone")


class ProductInQuestion(BaseModel):
    """A stored product on given terms, as the product page shows it."""

    model_config = ConfigDict(extra="forbid")

    marketplace: str = Field("US", max_length=10)
    asin: str = Field(pattern=r"^[A-Za-z0-9]{10}$")
    cost: Annotated[str, Field(max_length=40)] | None = None
    condition: (
        Literal["new", "used_like_new", "used_very_good", "used_good", "used_acceptable"] | None
    ) = None
    channel: Literal["fba", "fbm"] | None = None
    quantity: Annotated[int, Field(ge=1, le=100_000)] | None = None
    policy: Annotated[str, Field(max_length=100, pattern=r"^[^\x00]*$")] = "default"


class WhyRequest(_Request):
    """Why a verdict, and what would change it."""

    use: Literal["why"]
    decision_id: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None
    product: ProductInQuestion | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.decision_id is None) == (self.product is None):
            raise ValueError("give either decision_id or product")
        return self


class ShortlistRequest(_Request):
    """The best of a run's decisions, or of the newest ones, with reasons."""

    use: Literal["shortlist"]
    run_id: UUID | None = None
    size: Literal[5, 10, 15] = 5
    speed: float = Field(0.3, ge=0, le=1, description="0 is profit alone, 1 is speed alone")


class DigestRequest(_Request):
    """What a day's decisions came to."""

    use: Literal["digest"]
    day: date | None = Field(None, description="UTC; today if not given")


class ComparisonRequest(_Request):
    """Two decisions beside each other."""

    use: Literal["comparison"]
    one: int = Field(ge=1, le=2**63 - 1)
    other: int = Field(ge=1, le=2**63 - 1)


ExplanationRequest = Annotated[
    WhyRequest | ShortlistRequest | DigestRequest | ComparisonRequest, Field(discriminator="use")
]


class FactShown(Shape):
    """A fact that claims rest on."""

    id: str
    label: str
    text: str = Field(description="Its display form")
    is_sent: bool = Field(description="May be sent to a language model")


class ClaimShown(Shape):
    """One or two sentences, and the ids of the facts that they rest on."""

    text: str
    facts: list[str]


class PartShown(Shape):
    """One part of a text."""

    about: str
    title: str
    verdict: Verdict | None
    decision_id: int | None
    asin: str | None = Field(description="The product, where the part is about one of several")
    claims: list[ClaimShown]


class WhyTemplateShown(Shape):
    """Why the template wrote and no language model."""

    code: str
    text: str


class Explanation(Shape):
    """A finished text beside the facts that it rests on."""

    use: Literal["why", "shortlist", "digest", "comparison"]
    parts: list[PartShown]
    facts: list[FactShown]
    author: Literal["model", "template"]
    model: str | None
    why_template: WhyTemplateShown | None
    cached: bool
    version: str


class ClaimEvent(Shape):
    """A checked claim of a text that is being written."""

    about: str
    text: str
    facts: list[str]


class FormRequest(_Request):
    """Words to be turned into a form."""

    words: _Text


class FinderFormRequest(FormRequest):
    """Words to be turned into a Product Finder query."""

    marketplace: str = Field("US", max_length=10)


class ColumnsFormRequest(_Request):
    """Headings and first rows of an odd lead file."""

    headings: Annotated[list[_Cell], Field(min_length=1, max_length=200)]
    rows: Annotated[list[Annotated[list[_Cell], Field(max_length=200)]], Field(max_length=5)] = []


class FilledForm(Shape):
    """A form filled in from words, to be looked at and edited: it never runs by itself."""

    use: Literal["finder", "filter", "columns"]
    fields: dict[str, JsonValue]
    left: list[str] = Field(description="Words that the form does not cover")
    model: str | None
    why_template: WhyTemplateShown | None
    is_cached: bool
    tokens: int | None = Field(description="Keepa tokens of one finder page at worst")


class NarratorUsage(Shape):
    """What the language model used today (UTC)."""

    model: str | None
    calls: int
    tokens: int
    most_per_day: int
    micro_dollars: int = Field(description="Millionths of a dollar, where the price is known")
    median_ms: float | None
    sent: list[str] = Field(description="The fields that the model may see")


def shown(found: WrittenExplanation) -> Explanation:
    """An explanation as the API answers it."""
    claims = {section.about: section.claims for section in found.narrative.sections}
    asins = {fact.id: fact.text for fact in found.brief.facts}
    cited = {id_ for _, claim in found.narrative.claims() for id_ in claim.facts}
    return Explanation.model_validate(
        {
            "use": found.brief.use.value,
            "parts": [
                {
                    "about": part.about,
                    "title": part.title,
                    "verdict": part.verdict,
                    "decision_id": _decision_id(part.about),
                    "asin": asins.get(f"{part.prefix}asin") if part.prefix else None,
                    "claims": [
                        {"text": claim.text, "facts": list(claim.facts)}
                        for claim in claims.get(part.about, ())
                    ],
                }
                for part in found.brief.parts
            ],
            "facts": [
                {"id": one.id, "label": one.label, "text": one.text, "is_sent": one.is_sent}
                for one in found.brief.facts
                if one.id in cited
            ],
            "author": "template" if found.model is None else "model",
            "model": found.model,
            "why_template": found.why_template,
            "cached": found.is_cached,
            "version": found.version,
        }
    )


def _decision_id(about: str) -> int | None:
    """The decision that a part is about, where it is about one of several."""
    return int(about[1:]) if about[:1] == "d" and about[1:].isdigit() else None
