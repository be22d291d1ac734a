"""Who makes a thing: orders, candidates, quotes, and models that are fetched or asked elsewhere."""
