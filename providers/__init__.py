"""The catalogue of providers, and the backends that run their work upstream or locally."""
