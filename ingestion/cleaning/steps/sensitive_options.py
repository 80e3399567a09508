"""How step `sensitive` is written in YAML, and how that becomes rules."""

from __future__ import annotations

from typing import Literal

import phonenumbers
from pydantic import BaseModel, ConfigDict, Field

from ingestion.cleaning.detectors.bank_card import BankCardDetector
from ingestion.cleaning.detectors.custom import CustomDetector
from ingestion.cleaning.detectors.date_of_birth import DateOfBirthDetector
from ingestion.cleaning.detectors.email import EmailDetector
from ingestion.cleaning.detectors.iban import IbanDetector
from ingestion.cleaning.detectors.model import Detector
from ingestion.cleaning.detectors.national_id import COUNTRIES, NationalIdDetector
from ingestion.cleaning.detectors.phone import PhoneDetector
from ingestion.cleaning.options import Options
from ingestion.cleaning.patterns import compile_pattern
from ingestion.cleaning.steps.sensitive import Rule, SensitiveStep
from retrieval.access import check_principal
from retrieval.errors import RejectedError

Kind = Literal["email", "phone", "national_id", "bank_card", "iban", "date_of_birth", "pattern"]

_MASKS = {"bank_card": "[card]", "national_id": "[id number]", "date_of_birth": "[date of birth]"}


class RuleOptions(BaseModel):
    """One entry of `rules`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    find: Kind
    action: Literal["mask", "drop", "reject", "restrict"] = "mask"
    name: str = Field(default="", description="what to call the findings of a pattern")
    pattern: str = Field(default="", description="RE2, for `find: pattern`; only its first group where it has one")
    mask: str = Field(default="", description="what stands there instead; '[email]' and the like when empty")
    keep_last: int = Field(default=0, ge=0, le=4, description="last characters that stay readable in the mask")
    allow: tuple[str, ...] = Field(default=(), description="values that may stay; '@domain' for all of a domain")
    regions: tuple[str, ...] = Field(default=("US", "CN"), description="for phone: whose numbers, without +country")
    hotlines: bool = Field(default=False, description="for phone: toll-free and shared-cost numbers too")
    countries: tuple[str, ...] = Field(default=(), description="for national_id: whose numbers; all known when empty")
    restrict_to: tuple[str, ...] = Field(default=(), description="for restrict: the readers that remain")
    within: tuple[str, ...] = Field(default=(), description="for restrict: groups that hold all of restrict_to")

    def rule(self) -> Rule:
        """The rule.

        Raises:
            ValueError: options that do not fit together, or an unknown region, country, reader or pattern.
        """
        if bool(self.restrict_to) != (self.action == "restrict"):
            raise ValueError("`restrict_to` and `action: restrict` go together")
        try:
            readers = tuple(check_principal(reader) for reader in (*self.restrict_to, *self.within))
        except RejectedError as error:
            raise ValueError(error.message) from error
        detector = self._detector()
        mask = self.mask or _MASKS.get(detector.kind, f"[{detector.kind}]")
        if list(detector.find(mask)):
            raise ValueError(f"mask {mask!r} would itself be found as {detector.kind}")
        return Rule(
            detector,
            self.action,
            mask,
            self.keep_last,
            frozenset(value.strip().lower() for value in self.allow),
            readers[: len(self.restrict_to)],
            frozenset(self.within),
        )

    def _detector(self) -> Detector:
        if (self.find == "pattern") != bool(self.pattern):
            raise ValueError("`find: pattern` needs `pattern`, and nothing else takes one")
        if self.find == "pattern":
            if not self.name:
                raise ValueError("a pattern needs a `name`: it stands in notes and reasons")
            return CustomDetector(self.name, compile_pattern(self.pattern))
        if self.find == "phone":
            return self._phone()
        if self.find == "national_id":
            unknown = sorted(set(self.countries) - COUNTRIES)
            if unknown:
                known = ", ".join(sorted(COUNTRIES))
                raise ValueError(f"no identity numbers are known for {', '.join(unknown)}; known: {known}")
            return NationalIdDetector(frozenset(self.countries) or COUNTRIES)
        plain: dict[str, Detector] = {
            "email": EmailDetector(),
            "bank_card": BankCardDetector(),
            "iban": IbanDetector(),
            "date_of_birth": DateOfBirthDetector(),
        }
        return plain[self.find]

    def _phone(self) -> Detector:
        unknown = sorted(set(self.regions) - phonenumbers.SUPPORTED_REGIONS)
        if unknown or not self.regions:
            raise ValueError(f"region {', '.join(unknown) or '(none)'}: give ISO 3166 codes such as US, CN, DE")
        return PhoneDetector(self.regions, self.hotlines)


class SensitiveOptions(Options):
    """Options of `sensitive`."""

    rules: tuple[RuleOptions, ...] = Field(min_length=1, description="what to look for, and what to do then")

    def build(self) -> SensitiveStep:
        """The step with these options.

        Raises:
            ValueError: see `RuleOptions.rule`; the message counts from rule 1.
        """
        rules = []
        for number, options in enumerate(self.rules, 1):
            try:
                rules.append(options.rule())
            except ValueError as error:
                raise ValueError(f"rule {number}: {error}") from error
        return SensitiveStep(tuple(rules))
