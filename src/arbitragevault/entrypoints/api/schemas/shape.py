"""What all answers have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """A part of an answer; may be made of the application's own dataclasses."""

    # What has a default is there all the same: clients need not ask.
    model_config = ConfigDict(
        from_attributes=True, json_schema_serialization_defaults_required=True
    )
