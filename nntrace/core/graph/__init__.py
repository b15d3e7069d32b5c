"""A model as a graph of operators, as ONNX has it: what it is, and how it is run."""
