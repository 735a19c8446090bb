# dist/: what a distribution installs beside the programs.
