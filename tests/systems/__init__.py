"""Systems that this one is not: what Windows and macOS do differently, simulated as far as it can be."""
