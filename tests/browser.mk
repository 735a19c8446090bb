# The page in a real browser (tests/browser/): Debian's chromium, driven by node.
# `make screenshots` renews docs/img/ from the same daemons and simulators.
dist_check_SCRIPTS += tests/e2e_browser.t tests/e2e_browser_dumps.t tests/e2e_browser_rescue.t tests/e2e_browser_settings.t tests/e2e_browser_states.t tests/e2e_play.t tests/e2e_browser_fleet.t
# Of the rescue this is one quick walk; the whole of it, and every state of every page
# (e2e_browser_states.t), belong to check-long.
TESTS += tests/e2e_browser.t tests/e2e_browser_dumps.t tests/e2e_browser_rescue.t tests/e2e_browser_settings.t tests/e2e_play.t tests/e2e_browser_fleet.t
EXTRA_DIST += \
	tests/browser/.npmrc \
	tests/browser/album.mjs \
	tests/browser/browser.mjs \
	tests/browser/dumps.mjs \
	tests/browser/fleet.mjs \
	tests/browser/fluid.mjs \
	tests/browser/herd.sh \
	tests/browser/package-lock.json \
	tests/browser/package.json \
	tests/browser/play.mjs \
	tests/browser/paths.mjs \
	tests/browser/rescue.mjs \
	tests/browser/wizard.mjs \
	tests/browser/screenshots.mjs \
	tests/browser/settings.mjs \
	tests/browser/states.mjs \
	tests/browser/screenshots.sh \
	tests/browser/walk.mjs \
	docs/img/fleet-light-1280.png

screenshots: all tests/sim/simuart tests/sim/simcam
	top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' \
	bash $(srcdir)/tests/browser/screenshots.sh
.PHONY: screenshots

distclean-local:
	-rm -rf tests/browser/node_modules tests/browser/.lock

# Attacks in every text that a device or a stranger can give.
dist_check_SCRIPTS += tests/e2e_browser_xss.t
TESTS += tests/e2e_browser_xss.t
EXTRA_DIST += tests/browser/xss.mjs tests/data/xss.txt
check_PROGRAMS += tests/xssworld
tests_xssworld_SOURCES = %D%/xssworld.c
tests_xssworld_LDADD = $(MKIMAGE_LIBS) $(COMMON_LIBS) $(SQLITE_LIBS)

# A hundred cameras and a thousand backups; with check-long and bench-page.
dist_check_SCRIPTS += tests/e2e_browser_fluid.t
