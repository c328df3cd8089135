"""Plans the move of Multus CNI from thin to thick mode."""

__version__ = "0.1.0"
