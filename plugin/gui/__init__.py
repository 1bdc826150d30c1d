"""What users touch: thin widgets that start work and show its results."""
