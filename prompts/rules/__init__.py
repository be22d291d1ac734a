"""The rules planner: documents become scenes without a model."""
