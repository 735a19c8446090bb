# streamd/: see docs/architecture.md.
