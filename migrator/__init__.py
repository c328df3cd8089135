"""Plans the move of Multus CNI from thin to thick mode."""

__version__ = "0.2.0"
