"""LSTM sequence-to-sequence translation, written from scratch in NumPy.

Importing this package imports nothing else, so that `python -m lstm_lib` can make its own environment first.
"""

__version__ = "0.1.0"
