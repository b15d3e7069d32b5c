"""Write docs/activations.md from the table of activations in the code.

Run `python docs/generate_activations.py` after a change of that table.
"""

from pathlib import Path

from nntrace.core.activation import ActivationKind, Parameter
from nntrace.core.activations import ACTIVATIONS

OPENING = """\
# Activations

<!-- Written by docs/generate_activations.py from nntrace/core/activations.py: change it there. -->

An activation turns a neuron's weighted sum z, its pre-activation, into the number that the next
layer reads. In a net file a layer names it, with parameters where they are not to be the default:

```yaml
activation: relu
```

```yaml
activation: {leaky_relu: {alpha: 0.2}}
```

A layer that names none has `identity`.

The definitions are ONNX's where ONNX has the operator, else PyTorch's. Parameters must be finite.
Each result is within 4 units in the last place of the exact value, for every float64 from the
smallest subnormal to the largest number. In float32 the curved ones are computed in float64,
gelu and softmax as far as float32 needs it, and rounded once; those made of straight lines take
their parameters rounded to float32. A NaN gives NaN
(in its whole row for softmax, log_softmax and hardmax), infinity gives what the function tends to,
and an overflow gives infinity without a warning.

In the formulas, ln is the natural logarithm and Φ the share of a normal distribution, of mean 0
and variance 1, that lies below a number.
"""

DIFFERENCES = """\
## Where frameworks differ

The same name may mean another function elsewhere. A net that is copied by hand should be checked
for these:

| what | nntrace | the same in | different in |
| --- | --- | --- | --- |
| `hard_sigmoid`'s slope | 1/6 | PyTorch, JAX, Keras 3 | ONNX's default and Keras 2: 0.2 |
| `leaky_relu`'s slope | 0.01 | ONNX, PyTorch, JAX | Keras: 0.2 (function), 0.3 (layer) |
| `gelu` | exact | ONNX, PyTorch, keras.activations | JAX, keras.ops: the tanh formula |
| `silu` | z·σ(z) | PyTorch, JAX, Keras | called Swish in ONNX, where σ may have a slope |
| `selu`'s constants | float64 | PyTorch | ONNX's defaults: rounded to float32 |
| `softplus` above 20 | ln(1 + e^z) | ONNX | PyTorch: z |
| `hardmax` of equal numbers | the first is 1 | ONNX | `z == max(z)`, as is often seen: all are 1 |
| `step` at 0 | 0 | PyTorch's heaviside with values=0 | NumPy and PyTorch let one choose |
"""


def activations_page() -> str:
    """Return the page as Markdown."""
    sections = [_section(kind) for kind in ACTIVATIONS.values()]
    contents = ", ".join(f"[{name}](#{name})" for name in ACTIVATIONS)
    return "\n".join([OPENING, f"{contents}.\n", *sections, DIFFERENCES])


def _section(kind: ActivationKind) -> str:
    lines = [f"## {kind.name}", "", kind.doc, "", f"- Formula: `{kind.formula}`"]
    if kind.parameters:
        lines += [f"- Parameter {_parameter(parameter)}" for parameter in kind.parameters]
    if kind.aliases:
        lines.append("- Also called: " + ", ".join(f"`{alias}`" for alias in kind.aliases))
    lines.append(f"- Source: {kind.source}")
    return "\n".join([*lines, ""])


def _parameter(parameter: Parameter) -> str:
    default = "must be given" if parameter.required else f"default {_number(parameter.default)}"
    text = f"`{parameter.name}`: {parameter.doc}; {default}"
    if parameter.less_than:
        text += f"; less than `{parameter.less_than}`"
    return text


def _number(value: float) -> str:
    return "1/6" if value == 1 / 6 else f"{value:g}"


if __name__ == "__main__":
    Path(__file__).with_name("activations.md").write_text(activations_page(), encoding="utf-8")
