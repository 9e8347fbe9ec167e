"""Forms filled in by fixed phrases, without a model."""

from __future__ import annotations

from datetime import date

from arbitragevault.adapters.keepa.finder_phrases import phrases_to_selection
from arbitragevault.application.column_guess import guess_columns
from arbitragevault.application.decision_phrases import words_to_filter
from arbitragevault.domain.explanation.answers import Filled, Form


def fill_in(form: Form) -> Filled:
    """What the words of a form mean, as far as its phrases are known.

    Args:
        form: With ``words`` and ``today`` for a finder query, ``words`` for a filter, ``headings``
            and ``rows`` for columns.
    """
    match form.use:
        case "finder":
            today = date.fromisoformat(str(form.data["today"]))
            phrases = phrases_to_selection(str(form.data["words"]), today)
            return Filled(phrases.selection, phrases.left)
        case "filter":
            fields, left = words_to_filter(str(form.data["words"]))
            return Filled(fields, left)
        case "columns":
            return Filled(guess_columns(form.data["headings"], form.data["rows"]))
        case other:
            raise ValueError(f"no form is called {other!r}")
