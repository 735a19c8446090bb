# make bench: figures against the physical limits. Prints, never judges.
EXTRA_DIST += %D%/flash.sh
.PHONY: bench bench-flash
bench: bench-flash
bench-flash: all $(check_PROGRAMS)
	@top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' \
	    bash $(srcdir)/%D%/flash.sh
