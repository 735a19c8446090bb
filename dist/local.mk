# dist/: what a distribution installs beside the programs, and dist/setup.sh, which
# quickstart.sh and check.sh share.
EXTRA_DIST += %D%/setup.sh
