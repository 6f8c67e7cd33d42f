"""LinkedIn: the link that opens "add to profile" with every field filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

from mikrocert_portal.use.facts import clipped

if TYPE_CHECKING:
    from mikrocert_portal.use.facts import Facts

__all__ = ["linkedin_link"]

_ADD: Final = "https://www.linkedin.com/profile/add"
_LONGEST: Final = 255
"""Characters of a name; so the address stays one that servers take, in any script."""


def linkedin_link(facts: Facts, *, organization_id: int | None = None) -> str:
    """Return the link; nothing goes to LinkedIn before somebody follows it.

    Args:
        facts: what is filled in.
        organization_id: number of the university's page on LinkedIn; without one, its name is filled in.
    """
    fields: dict[str, object] = {
        "startTask": "CERTIFICATION_NAME",
        "name": clipped(facts.title, most=_LONGEST),
    }
    if organization_id is None:
        fields["organizationName"] = clipped(facts.body, most=_LONGEST)
    else:
        fields["organizationId"] = organization_id
    if facts.awarded_on is not None:
        fields |= {"issueYear": facts.awarded_on.year, "issueMonth": facts.awarded_on.month}
    if facts.valid_until is not None:
        fields |= {"expirationYear": facts.valid_until.year, "expirationMonth": facts.valid_until.month}
    fields["certUrl"] = facts.address
    if facts.identifier is not None:
        fields["certId"] = facts.identifier
    return f"{_ADD}?{urlencode(fields, quote_via=quote, safe='')}"
