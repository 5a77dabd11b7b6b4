"""Settings of a source of people that mark pupils, the same in every file of settings."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from knowledge.organisation.importers.pupils import PupilRule

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class PupilSettings(BaseModel):
    """What marks a pupil in a source, besides what always does."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    values: tuple[Text, ...] = Field(default=(), description="Values of user type, job title or department.")
    domains: tuple[Text, ...] = Field(default=(), description="Domains of pupils' addresses.")
    groups: tuple[Text, ...] = Field(default=(), description="Names or ids of groups of pupils.")
    source: bool = Field(default=False, description="The whole source holds pupils: everyone is refused.")

    @property
    def rule(self) -> PupilRule:
        """The rule that keeps the pupils of this source out."""
        return PupilRule(
            values=frozenset(self.values),
            domains=frozenset(self.domains),
            groups=frozenset(self.groups),
            source=self.source,
        )
