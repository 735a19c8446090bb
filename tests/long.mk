# What takes too long for every change; check.sh runs a twentieth of it.
dist_noinst_SCRIPTS += %D%/long.sh
EXTRA_DIST += %D%/tsan.txt %D%/valgrind.txt
CLEANFILES += %D%/*.long.log %D%/*.memory.log %D%/*.threads.log %D%/*.race.* %D%/long-threads.log
clean-local: clean-long-threads
clean-long-threads:
	-rm -rf %D%/long-threads
check-long: all
	$(MAKE) $(AM_MAKEFLAGS) $(check_PROGRAMS)
	top_srcdir='$(abs_top_srcdir)' CC='$(CC)' sanitizers='$(SAN_CFLAGS)' \
		CHECK_LONG='$(CHECK_LONG)' CHECK_LONG_PART='$(CHECK_LONG_PART)' SEED='$(SEED)' \
		$(srcdir)/tests/long.sh
.PHONY: check-long clean-long-threads
CHECK_LONG_PART = 1
CHECK_LONG =
