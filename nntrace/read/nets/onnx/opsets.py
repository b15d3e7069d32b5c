"""Which versions of ONNX, and of its operator sets, are read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nntrace.read.nets.onnx.faults import Faults

OLDEST = 6
# what nntrace knows of: https://onnx.ai/onnx/repo-docs/Versioning.html
NEWEST = {"": 28, "ai.onnx.ml": 5}


def domain_of(name: str) -> str:
    """Return a domain's name, of which ONNX's own has two."""
    return "" if name == "ai.onnx" else name


def opsets_of(imports: Iterable[Any]) -> dict[str, int]:
    """Return the version of each domain that is imported."""
    return {domain_of(each.domain): each.version for each in imports}


def check_versions(model: Any, faults: Faults) -> None:
    """Note versions that are not read, and a model that is for training."""
    if model.ir_version < 1:
        faults.add("names no IR version, which every ONNX model has")
    if model.training_info:
        faults.add("holds training (training_info), nntrace runs models as they are trained")
    check_opsets(model.opset_import, "the model", faults)


def check_opsets(imports: Iterable[Any], who: str, faults: Faults) -> None:
    """Note operator sets that are imported twice, or in a version that is not known."""
    seen: dict[str, int] = {}
    for each in imports:
        faults.check_texts(each.domain)
        domain = domain_of(each.domain)
        called = domain or "ai.onnx"
        if domain in seen and seen[domain] != each.version:
            faults.add(f"{who} imports opset {seen[domain]} and {each.version} of {called}")
        seen[domain] = each.version
        oldest, newest = (1 if domain else OLDEST), NEWEST.get(domain)
        if newest is not None and not oldest <= each.version <= newest:
            faults.add(
                f"{who} imports opset {each.version} of {called}, nntrace reads "
                f"{oldest} to {newest}"
            )
