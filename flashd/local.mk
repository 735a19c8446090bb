# flashd/: see docs/architecture.md.
