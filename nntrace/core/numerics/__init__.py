"""Activation functions, error-free sums, initialisers: numbers without nets."""
