# webd/: see docs/architecture.md.
