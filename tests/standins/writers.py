"""A script of the stand-in: texts with right figures in many writings, and with slipped ones.

Each first answer holds one slip of each kind. What the program asks for again says which figures
it objects to; the script compares that with what it slipped in.
"""

from __future__ import annotations

import ast
import json
import random
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from tests.standins.figures import Slip, Writing, right_writings, wrong_writings
from tests.standins.openai import Asked, Reply
from tests.standins.spelling import spelled

_SHOWN: Final = 57
"""Characters of a claim that an objection quotes."""
_OBJECTION: Final = re.compile(
    r"""- (?P<found>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*") in """
    r"""(?P<claim>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*") is not held by"""
)
_FINDINGS: Final = frozenset({"reasons", "changes", "risks", "apart", "list", "day"})
_IN_SENTENCE: Final = re.compile(
    r"(?<![\w.,])(?:-?[\d,]+\.\d\d USD|\d+%|[\d,]+ days?\b|\d{1,3}(?:,\d{3})+(?!\w|[.,]\d))"
)

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Slipped:
    """One slip: its kind, and the claim that it stands in."""

    slip: Slip
    writing: Writing


@dataclass(slots=True)
class Tally:
    """What happened in one use.

    Args:
        slipped: Slips made, by kind.
        caught: Slips that an objection named.
        right: Right figures written.
        refused: Right claims that an objection named.
        missed: The slips that no objection named, and the right claims that one did.
    """

    slipped: Counter[str] = field(default_factory=Counter)
    caught: Counter[str] = field(default_factory=Counter)
    right: int = 0
    refused: int = 0
    missed: list[str] = field(default_factory=list)


class Slipper:
    """Writes texts with one slip of each kind; asked again, it writes every figure right.

    It knows a request by its data, so that many may be under way at once.

    Args:
        only: The one kind to slip in; None for one of each.
    """

    def __init__(self, only: Slip | None = None) -> None:
        self.tallies: dict[str, Tally] = {}
        self.kinds: Counter[tuple[str, str]] = Counter()
        self._slips = (only,) if only else tuple(Slip)
        self._first: dict[str, list[Slipped]] = {}

    def __call__(self, asked: Asked) -> Reply:
        """Answer a request for a text."""
        data, key = asked.data, json.dumps(asked.data, sort_keys=True)
        tally = self.tallies.setdefault(data["use"], Tally())
        seed = f"{key}{asked.is_retry}"  # the same data, the same answer
        choice = random.Random(seed)  # noqa: S311
        sections = [
            {"about": part["about"], "claims": _claims(data, part, choice)}
            for part in data["parts"]
        ]
        tally.right += sum(len(section["claims"]) for section in sections)
        if asked.is_retry:
            self._judge(tally, self._first.pop(key), asked.message)
        else:
            self._first[key] = self._slip(tally, data, sections, choice)
        return Reply(json.dumps({"sections": sections}))

    def unanswered(self) -> int:
        """Answers with slips that the program took as they were."""
        return sum(bool(slips) for slips in self._first.values())

    def _slip(
        self, tally: Tally, data: Data, sections: list[Data], choice: random.Random
    ) -> list[Slipped]:
        prefixes = {part["about"]: part["facts_begin_with"] for part in data["parts"]}
        found: list[Slipped] = []
        for slip in self._slips:
            section = choice.choice(sections)
            facts = _facts(data, prefixes[section["about"]])
            choice.shuffle(facts)
            spoiled = next(_spoiled(facts, slip, choice), None)
            if spoiled is None:
                continue
            fact, writing = spoiled
            claim = {"text": writing.text, "facts": [fact["id"]]}
            section["claims"].insert(choice.randint(0, len(section["claims"])), claim)
            found.append(Slipped(slip, writing))
            tally.slipped[slip] += 1
            self.kinds[slip, writing.kind] += 1
        return found

    def _judge(self, tally: Tally, slips: list[Slipped], message: str) -> None:
        """Compare what the program objects to with what was slipped in."""
        caught: list[Slipped] = []
        for line in message.splitlines():
            if not line.startswith("- "):
                continue
            named = _named_by(line, slips)
            caught += named
            if not named:
                tally.refused += 1
                tally.missed.append(f"refused: {line}")
        for one in slips:
            if one in caught:
                tally.caught[one.slip] += 1
            else:
                tally.missed.append(f"passed: {one.slip} {one.writing}")


def _named_by(line: str, slips: list[Slipped]) -> list[Slipped]:
    """The slips whose very figure an objection names: several where they read the same."""
    match = _OBJECTION.match(line)
    if match is None:
        return []
    found, claim = (ast.literal_eval(match[name]) for name in ("found", "claim"))
    start, bare = claim.removesuffix("...")[:_SHOWN], _bare(found)
    return [
        one
        for one in slips
        if one.writing.text.startswith(start)
        and (bare in _bare(one.writing.figure) or _bare(one.writing.figure) in bare)
    ]


def _bare(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).replace("\u2212", "-")
    return re.sub(r"[\s\u2019']", "", plain).lower().replace("<", "(").replace(">", ")")


def _facts(data: Data, prefix: str) -> list[Data]:
    """The facts that a part may rest on, without titles."""
    return [
        fact
        for fact in data["facts"]
        if fact["id"].startswith(prefix) and fact["id"].rpartition(".")[2] != "title"
    ]


def _claims(data: Data, part: Data, choice: random.Random) -> list[Data]:
    facts = _facts(data, part["facts_begin_with"])
    chosen = choice.sample(facts, min(4, len(facts)))
    return [{"text": _right(fact, choice).text, "facts": [fact["id"]]} for fact in chosen]


def _right(fact: Data, choice: random.Random) -> Writing:
    frame, value = _framed(fact, choice)
    writing = choice.choice(right_writings(value))
    return _in_frame(writing, frame) or Writing("as shown", value, frame)


def _spoiled(
    facts: list[Data], slip: Slip, choice: random.Random
) -> Iterator[tuple[Data, Writing]]:
    for fact in facts:
        frame, value = _framed(fact, choice)
        said = f"{frame} {fact['label']}"
        others = set(re.findall(r"\d+(?:[.,]\d+)*", said)) | _spelled_in(said)
        found = [
            framed
            for kind, writing in wrong_writings(value, others)
            if kind is slip and (framed := _in_frame(writing, frame)) is not None
        ]
        if found:
            yield fact, choice.choice(found)


def _spelled_in(text: str) -> set[str]:
    words = set(re.findall(r"[a-z]+", text.lower()))
    return {str(number) for number in range(20) if spelled(number) in words}


def _in_frame(writing: Writing, frame: str) -> Writing | None:
    """The writing inside a frame; None where its own language does not fit in."""
    if frame == "It is {}.":
        return writing
    if writing.frame != "It is {}.":
        return None
    return Writing(writing.kind, writing.figure, frame, writing.says)


def _framed(fact: Data, choice: random.Random) -> tuple[str, str]:
    """A sentence with a place for a figure, and the figure as it is displayed.

    Of a finding in words it is one of its own figures; of a figure it is a plain sentence, or its
    label with the figures that the label itself has.
    """
    value = str(fact["value"])
    if set(fact["id"].split(".")) & _FINDINGS:
        places = list(_IN_SENTENCE.finditer(value))
        if not places or "{" in value:
            return "{}", value
        place = choice.choice(places)
        frame = f"{value[: place.start()]}{{}}{value[place.end() :]}"
        return frame, re.sub(r"^(-?)([\d,.]+) USD$", r"\1$\2", place[0])
    if choice.random() < 0.5:
        return "It is {}.", value
    return f"Known is the {fact['label']}: {{}}.", value
