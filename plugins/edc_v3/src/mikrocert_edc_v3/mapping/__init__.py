"""From an award to the European Learning Model and back, and to what a person sees."""
