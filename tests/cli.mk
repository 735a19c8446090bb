# Tests of cli/.
check_PROGRAMS += tests/test_progress
tests_test_progress_SOURCES = tests/test_progress.c cli/progress.c
tests_test_progress_LDADD = common/libcommon.a $(CMOCKA_LIBS)
TESTS += tests/test_progress
dist_check_SCRIPTS += tests/e2e_cli.t
TESTS += tests/e2e_cli.t
dist_check_SCRIPTS += tests/man.t
TESTS += tests/man.t
dist_check_SCRIPTS += tests/e2e_cli_jobs.t
TESTS += tests/e2e_cli_jobs.t
dist_check_SCRIPTS += tests/e2e_cli_cam.t
TESTS += tests/e2e_cli_cam.t
dist_check_SCRIPTS += tests/e2e_cli_share.t
TESTS += tests/e2e_cli_share.t
