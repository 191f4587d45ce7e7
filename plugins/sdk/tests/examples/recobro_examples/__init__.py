"""One small honest service for each contract that no template begins: what their kits are tested with."""
