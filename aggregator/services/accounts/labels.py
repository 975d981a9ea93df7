"""Labels that people give their tokens and invitations, to recognise them."""

from __future__ import annotations

from aggregator.errors import InvalidInput
from aggregator.types.limits import MAX_LABEL


def clean_label(label: str, key: str) -> str:
    """A label as it is stored, white space folded. Raises InvalidInput with `key`."""
    label = " ".join("".join(each for each in label if each.isprintable()).split())
    if not 0 < len(label) <= MAX_LABEL:
        raise InvalidInput(key, f"a label has 1 to {MAX_LABEL} characters", field="label")
    return label
