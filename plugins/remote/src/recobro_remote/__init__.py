"""The contracts of the SDK over signed HTTP: an integrator's server may be written in any language."""
