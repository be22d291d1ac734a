"""A catalog with a picture model of the lab's that makes the smallest pictures there are."""

from __future__ import annotations

MODELS = """
[models.dot]
provider = "replicate"
id = "stability-ai/sdxl:7762fd07cf82c948538e41f63f77d685e02b063e37e496e96eefd46c929f9bdc"
capability = "image"
about = "pictures of 64 pixels, from the lab"
price = [{ unit = "second of L40S", usd = "0.000975", source = "the lab", checked = "2026-11-21" }]
licence = "CreativeML Open RAIL++-M"
commercial = "yes"
key = "REPLICATE_API_TOKEN"

[models.dot.input]
prompt = "{prompt}"
width = "{size_width}"
height = "{size_height}"
num_outputs = 1
seed = "{seed}"

[models.dot.limits]
sizes = ["64x64"]
run_s = 15
"""
