"""The table of causes: a finder a line, in the order in which they are told where several do.

A new kind is a function in a module here, and a line.
"""

from __future__ import annotations

from nntrace.analysis.causes import (
    activations,
    folded,
    gates,
    inputs,
    layout,
    nodes,
    norms,
    operators,
    weights,
)
from nntrace.analysis.causes.cause import Finder

# of a layer
FINDERS: tuple[Finder, ...] = (
    weights.missing_bias,
    activations.softmax_missing,
    activations.softmax_twice,
    activations.softmax_axis,
    activations.activation_parameter,
    activations.activation,
    norms.missing_normalisation,
    norms.normalised_twice,
    norms.lacking_normalisation,
    norms.dropped,
    norms.batch_statistics,
    norms.epsilon,
    weights.transposed_weights,
    layout.flatten_order,
    layout.padding,
    layout.swapped_layers,
    weights.swapped_neurons,
    gates.gate_order,
    nodes.of_node,
    weights.swapped_weights,
    weights.quantised,
    folded.folded_norm,
    operators.of_partner,
    operators.attention,
    operators.other_pool,
    operators.left_out,
    operators.scaled,
    weights.bias_differs,
    weights.weights_differ,
)
# of the input, which the suspect reads
OF_INPUT: tuple[Finder, ...] = (
    inputs.missing_normalisation,
    inputs.normalised_twice,
    inputs.channel_order,
    inputs.input_scale,
    inputs.scaled_by_layers,
)

KINDS = (
    "transposed_weights",
    "activation",
    "activation_parameter",
    "missing_bias",
    "missing_normalisation",
    "normalised_twice",
    "input_scale",
    "softmax_missing",
    "softmax_twice",
    "softmax_axis",
    "epsilon",
    "channel_order",
    "flatten_order",
    "padding",
    "swapped_layers",
    "swapped_neurons",
    "dtype",
    "quantised",
    "batch_statistics",
    "weights_differ",
    "bias_differs",
    "operator_differs",
)
