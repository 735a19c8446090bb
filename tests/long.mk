# What takes too long for every change; check.sh runs a twentieth of it.
dist_noinst_SCRIPTS += %D%/long.sh
CLEANFILES += %D%/kills.long.log %D%/damage.long.log %D%/badline.long.log
check-long: all
	$(MAKE) $(AM_MAKEFLAGS) $(check_PROGRAMS)
	top_srcdir='$(abs_top_srcdir)' CHECK_LONG_PART='$(CHECK_LONG_PART)' SEED='$(SEED)' \
		$(srcdir)/tests/long.sh
.PHONY: check-long
CHECK_LONG_PART = 1
