"""From octets to values, strictly: JSON without surprises, attrs classes without coercion."""
