"""The skin: films, batches and errands as Prefect shows, schedules and cancels them."""
