# tests/: see tests/README.md. Each room's tests are listed in tests/<room>.mk.
TEST_EXTENSIONS = .t
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
T_LOG_DRIVER = $(LOG_DRIVER)
AM_TESTS_ENVIRONMENT = \
	CMOCKA_MESSAGE_OUTPUT=TAP; export CMOCKA_MESSAGE_OUTPUT; \
	top_srcdir='$(abs_top_srcdir)'; export top_srcdir; \
	top_builddir='$(abs_top_builddir)'; export top_builddir; \
	ASAN_OPTIONS="$${ASAN_OPTIONS-detect_leaks=1:abort_on_error=0}"; export ASAN_OPTIONS; \
	UBSAN_OPTIONS="$${UBSAN_OPTIONS-print_stacktrace=1}"; export UBSAN_OPTIONS;
EXTRA_DIST += %D%/README.md %D%/sim/README.md %D%/lib.sh
noinst_HEADERS += %D%/unit.h
# Other people's programs, those that are installed; never part of `make check`.
EXTRA_DIST += %D%/peers.sh %D%/peers_gst.py %D%/peers_ha.py
.PHONY: check-peers
check-peers: all $(check_PROGRAMS)
	top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' \
		PEERS='$(PEERS)' bash '$(srcdir)/%D%/peers.sh'
CMOCKA_LIBS = -lcmocka

include tests/common.mk
include tests/db.mk
include tests/image.mk
include tests/appliance.mk
include tests/chips.mk
include tests/flashd.mk
include tests/streamd.mk
include tests/webd.mk
include tests/browser.mk
include tests/cli.mk
include tests/lint/lint.mk
include tests/long.mk
include tests/bench/local.mk
