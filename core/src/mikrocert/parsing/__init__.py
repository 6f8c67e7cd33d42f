"""From octets to values, strictly: JSON without surprises, attrs classes without coercion."""

from mikrocert.parsing import strict_json

__all__ = ["strict_json"]
