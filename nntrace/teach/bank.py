"""A question bank as a value, and where the one that comes with nntrace is."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from nntrace.teach.question import Question

BUILTIN = Path(__file__).with_name("bank.yaml")

# The steps of the lesson, which the questions of the bundled bank name.
STEPS = ("neuron", "activation", "layer", "network", "ladder", "scale")


def where_taught(step: str) -> str:
    """Say where a step can be read again: in the lesson of nntrace, or in one of a teacher's."""
    return f"`nntrace learn {step}`" if step in STEPS else step


class Bank(NamedTuple):
    """Questions under one title; each has its right option first, until it is shuffled."""

    title: str
    questions: tuple[Question, ...]
