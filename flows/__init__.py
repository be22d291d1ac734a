"""The work: what happens in which order. Only this package knows Prefect."""
