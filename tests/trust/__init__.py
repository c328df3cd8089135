"""What hostile inputs and faults of a machine cost, and how the program ends: ``make trust``."""
