"""From an award to the European Learning Model and back, and what is seen of it besides the award."""
