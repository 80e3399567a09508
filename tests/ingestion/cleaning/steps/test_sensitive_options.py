from __future__ import annotations

from typing import Any

import pytest

from ingestion.cleaning.steps.sensitive_options import SensitiveOptions


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"find": "email", "action": "restrict"}, "go together"),
        ({"find": "email", "restrict_to": ["a"]}, "go together"),
        ({"find": "email", "action": "restrict", "restrict_to": ['a"b']}, "without quotes"),
        ({"find": "pattern", "name": "x"}, "needs `pattern`"),
        ({"find": "email", "pattern": "x"}, "nothing else takes one"),
        ({"find": "pattern", "pattern": "x"}, "needs a `name`"),
        ({"find": "pattern", "name": "x", "pattern": "(?=a)"}, "RE2"),
        ({"find": "phone", "regions": ["XX"]}, "region XX"),
        ({"find": "phone", "regions": []}, "region (none)"),
        ({"find": "national_id", "countries": ["ZZ"]}, "known for ZZ"),
        ({"find": "pattern", "name": "x", "pattern": r"\[hidden\]", "mask": "[hidden]"}, "would itself be found"),
    ],
)
def test_rules_that_make_no_sense_are_refused_with_their_number(rule: dict[str, Any], said: str) -> None:
    options = SensitiveOptions.model_validate({"rules": [{"find": "email"}, rule]})
    with pytest.raises(ValueError, match="rule 2") as caught:
        options.build()
    assert said in str(caught.value)


def test_every_kind_can_be_sought() -> None:
    kinds = ["email", "phone", "national_id", "bank_card", "iban", "date_of_birth"]
    step = SensitiveOptions.model_validate({"rules": [{"find": kind} for kind in kinds]}).build()
    assert [rule.detector.kind for rule in step.rules] == kinds
    assert [rule.mask for rule in step.rules] == [
        "[email]",
        "[phone]",
        "[id number]",
        "[card]",
        "[iban]",
        "[date of birth]",
    ]
