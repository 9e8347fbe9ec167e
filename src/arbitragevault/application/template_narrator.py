"""The narrator that needs no model."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from arbitragevault.application.form_template import fill_in
from arbitragevault.domain.explanation import template
from arbitragevault.domain.explanation.answers import Draft, Filled, Form
from arbitragevault.domain.explanation.check import Objection
from arbitragevault.domain.explanation.narrative import Brief


class TemplateNarrator:
    """Writes from templates and fills in forms by fixed phrases; always there, costs nothing."""

    model = None
    version = "template-2"

    def most_tokens(self, task: Brief | Form) -> int:
        """None at all."""
        del task
        return 0

    async def narrate(
        self, brief: Brief, objections: Sequence[Objection] = ()
    ) -> AsyncIterator[Draft]:
        """The whole text at once."""
        del objections
        yield Draft(template.write(brief), is_complete=True)

    async def fill(self, form: Form, objections: Sequence[Objection] = ()) -> Filled:
        """What the phrases that it knows mean, and the words that it does not."""
        del objections
        return fill_in(form)
