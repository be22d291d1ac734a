"""The environment of local engines holds what fits together, and nothing that breaks it."""

from __future__ import annotations

import importlib.util
from importlib.metadata import PackageNotFoundError, version

import pytest

pytestmark = pytest.mark.engine


@pytest.mark.parametrize("package", ["torchvision", "torchaudio"])
def test_what_breaks_the_cpu_build_of_torch_is_absent(package: str) -> None:
    assert importlib.util.find_spec(package) is None
    with pytest.raises(PackageNotFoundError):
        version(package)


def test_torch_is_the_cpu_build() -> None:
    import torch

    assert torch.__version__.startswith("2.13.0")
    assert torch.version.cuda is None
