"""What every step's options have in common; they exist only while a pack is being read."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from ingestion.cleaning.model import Step


class Options(BaseModel):
    """The options of one step as written in YAML; an unknown option is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    kinds: tuple[str, ...] = Field(default=(), description="kinds of document the step is for; all when empty")

    def build(self) -> Step:
        """The step with these options.

        Raises:
            ValueError: options that are each right do not fit together.
        """
        raise TypeError(f"{type(self).__name__} builds no step")
