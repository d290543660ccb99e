"""Twins: the same models in PyTorch, Keras and JAX, to compare with."""
