"""Words into forms: a finder query, a table filter, the columns of an odd lead file.

A form is shown and edited; nothing here runs it. What a model fills in is checked: every value has
to be one that the words name, and every name one that exists.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from arbitragevault.adapters.keepa.finder import FinderQuery
from arbitragevault.adapters.keepa.finder_categories import CATEGORY_NAMES
from arbitragevault.application.form_checks import check_form
from arbitragevault.application.form_template import fill_in
from arbitragevault.application.model_calls import digest_of, known_answer, model_call
from arbitragevault.application.narration import ATTEMPTS, Author, WhyTemplate, no_model, objected
from arbitragevault.application.ports import Narrator
from arbitragevault.application.services import Services
from arbitragevault.domain.catalog.marketplace import marketplace_by_code
from arbitragevault.domain.errors import InvalidInputError, NarratorError
from arbitragevault.domain.explanation.answers import Filled, Form
from arbitragevault.domain.explanation.check import Objection

MOST_WORDS: Final = 500
"""Characters of a request in words; a longer one is no search."""
MOST_COLUMNS: Final = 200
SAMPLE_ROWS: Final = 5


@dataclass(frozen=True, slots=True)
class FilledForm:
    """A form that was filled in from words, for a person to edit.

    Args:
        use: ``finder``, ``filter`` or ``columns``.
        fields: Values by name.
        left: Words that the form does not cover.
        model: The model that filled it in; None for the phrases.
        why_template: Why it was not a model; None if it was.
        is_cached: The same words were answered before.
        tokens: Keepa tokens that running the finder query once would cost at worst; None for other
            forms and for an empty one.
    """

    use: str
    fields: dict[str, Any]
    left: tuple[str, ...]
    model: str | None
    why_template: WhyTemplate | None
    is_cached: bool = False
    tokens: int | None = None


async def finder_form(
    services: Services, words: str, *, marketplace: str = "US", author: Author = Author.AUTO
) -> FilledForm:
    """A Product Finder selection from words; dates as ISO 8601, prices in minor units.

    Raises:
        InvalidInputError: If there are no words, or too many.
        UnknownMarketplaceError: If there is no such marketplace.
    """
    domain = marketplace_by_code(marketplace).keepa_domain
    today = services.clock.now().date().isoformat()
    form = Form("finder", {"words": _checked(words), "today": today})
    filled = await _fill(services, form, author)
    if not filled.fields:
        return filled
    query = FinderQuery.from_selection(filled.fields, domain)
    return replace(filled, tokens=query.worst_case_tokens)


async def filter_form(
    services: Services, words: str, *, author: Author = Author.AUTO
) -> FilledForm:
    """A filter of the decisions table from words.

    Raises:
        InvalidInputError: If there are no words, or too many.
    """
    return await _fill(services, Form("filter", {"words": _checked(words)}), author)


async def columns_form(
    services: Services,
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    author: Author = Author.AUTO,
) -> FilledForm:
    """The heading for each field of a lead, from a file's first rows.

    A model sees the headings alone: the rows hold costs and suppliers.

    Args:
        services: The running program.
        headings: The cells of the header row.
        rows: Some rows below it.
        author: Who is wanted.

    Raises:
        InvalidInputError: If there are no headings, or too many.
    """
    if not any(headings) or len(headings) > MOST_COLUMNS:
        raise InvalidInputError(f"Give 1 to {MOST_COLUMNS} headings, not {len(headings)}.")
    data = {"headings": list(headings), "rows": [list(row) for row in rows[:SAMPLE_ROWS]]}
    return await _fill(services, Form("columns", data), author)


def _checked(words: str) -> str:
    found = " ".join(words.split())
    if not found or len(found) > MOST_WORDS:
        raise InvalidInputError(
            f"Say what to look for in 1 to {MOST_WORDS} characters; these are {len(found)}."
        )
    return found


async def _fill(services: Services, form: Form, author: Author) -> FilledForm:
    why = no_model(services, author)
    narrator = services.narration.narrator
    if why is None and narrator is not None:
        found = await _by_model(services, narrator, form)
        if isinstance(found, FilledForm):
            return found
        why = found
    filled = fill_in(form)
    return FilledForm(form.use, dict(filled.fields), filled.left, None, why)


async def _by_model(services: Services, narrator: Narrator, form: Form) -> FilledForm | WhyTemplate:
    shown = shown_to_model(form)
    digest = digest_of(narrator, shown)
    body = await known_answer(services, digest)
    if body is not None and not check_form(form, body["fields"]):
        return _found(form, body["fields"], tuple(body["left"]), narrator, is_cached=True)
    objections: tuple[Objection, ...] = ()
    why = WhyTemplate("figures", "The model's form did not pass the check.")
    for _ in range(ATTEMPTS):
        try:
            async with model_call(services, narrator, shown, digest) as call:
                filled: Filled = await narrator.fill(shown, objections)
                call.usage = filled.usage
                fields = dict(filled.fields)
                objections = check_form(form, fields)
                call.outcome = "objected" if objections else "accepted"
                call.body = None if objections else {"fields": fields, "left": list(filled.left)}
        except NarratorError as error:
            return WhyTemplate(error.code, error.message)
        if not objections:
            return _found(form, fields, filled.left, narrator, is_cached=False)
        why = objected(objections)
    return why


def shown_to_model(form: Form) -> Form:
    """The form as a model sees it: of a file its headings alone."""
    match form.use:
        case "columns":
            return Form(form.use, {"headings": form.data["headings"]})
        case "finder":
            return Form(form.use, {**form.data, "categories": dict(CATEGORY_NAMES)})
        case _:
            return form


def _found(
    form: Form,
    fields: dict[str, Any],
    left: tuple[str, ...],
    narrator: Narrator,
    *,
    is_cached: bool,
) -> FilledForm:
    return FilledForm(form.use, fields, left, narrator.model, None, is_cached)
