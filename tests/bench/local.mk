# make bench: figures against the physical limits. Prints, never judges.
EXTRA_DIST += %D%/flash.sh %D%/page.sh %D%/pppp.sh
check_PROGRAMS += tests/bench/httpload
tests_bench_httpload_SOURCES = %D%/httpload.c tests/sim/stamp.c tests/sim/stamp.h
tests_bench_httpload_LDADD = common/libcommon.a $(EVENT_LIBS) $(SODIUM_LIBS)
bench_env = top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)'
.PHONY: bench bench-flash bench-page bench-pppp bench-stream
bench: bench-flash bench-stream bench-pppp bench-page
bench-flash: all $(check_PROGRAMS)
	@$(bench_env) bash $(srcdir)/%D%/flash.sh
bench-stream: all $(check_PROGRAMS)
	@$(bench_env) bash $(srcdir)/%D%/stream.sh
bench-pppp: all $(check_PROGRAMS)
	@$(bench_env) bash $(srcdir)/%D%/pppp.sh
bench-page: all $(check_PROGRAMS)
	@$(bench_env) bash $(srcdir)/%D%/page.sh
