"""What all answers have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """A part of an answer; may be made of the application's own dataclasses."""

    model_config = ConfigDict(from_attributes=True)
