"""The world: one file per vendor or engine, the model catalog, the store of everything bought."""
