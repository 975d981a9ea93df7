"""Labels that people give their tokens and invitations, to recognise them."""

from __future__ import annotations

from aggregator.errors import InvalidInput

LABEL_LENGTH = 80


def clean_label(label: str, key: str) -> str:
    """A label as it is stored, white space folded. Raises InvalidInput with `key`."""
    label = " ".join("".join(each for each in label if each.isprintable()).split())
    if not 0 < len(label) <= LABEL_LENGTH:
        raise InvalidInput(key, f"a label has 1 to {LABEL_LENGTH} characters", field="label")
    return label
