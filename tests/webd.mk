# Tests of webd/.
noinst_LIBRARIES += tests/libwebtest.a
tests_libwebtest_a_SOURCES = %D%/webschema.c %D%/webtest.c %D%/webtest.h
WEBTEST_LIBS = tests/libwebtest.a tests/libdbtest.a $(WEB_LIBS) $(CMOCKA_LIBS)

web_tests = tests/test_web_api tests/test_web_changes tests/test_web_dumps tests/test_web_guard tests/test_web_history tests/test_web_openapi tests/test_web_outages tests/test_web_photos tests/test_web_plan tests/test_web_request tests/test_web_rescue tests/test_web_said
check_PROGRAMS += $(web_tests)
TESTS += $(web_tests)
tests_test_web_api_SOURCES = %D%/test_web_api.c
tests_test_web_api_LDADD = $(WEBTEST_LIBS) $(MKIMAGE_LIBS)
tests_test_web_changes_SOURCES = %D%/test_web_changes.c
tests_test_web_changes_LDADD = $(WEBTEST_LIBS)
tests_test_web_dumps_SOURCES = %D%/test_web_dumps.c
tests_test_web_dumps_LDADD = $(WEBTEST_LIBS) $(MKIMAGE_LIBS)
tests_test_web_guard_SOURCES = %D%/test_web_guard.c
tests_test_web_guard_LDADD = $(WEBTEST_LIBS)
tests_test_web_said_SOURCES = %D%/test_web_said.c
tests_test_web_said_LDADD = $(WEBTEST_LIBS)
tests_test_web_history_SOURCES = %D%/test_web_history.c
tests_test_web_history_LDADD = $(WEBTEST_LIBS)
tests_test_web_openapi_SOURCES = %D%/test_web_openapi.c
tests_test_web_openapi_LDADD = $(WEBTEST_LIBS)
tests_test_web_outages_SOURCES = %D%/test_web_outages.c
tests_test_web_outages_LDADD = $(WEBTEST_LIBS)
tests_test_web_photos_SOURCES = %D%/test_web_photos.c %D%/photofile.c %D%/photofile.h
tests_test_web_photos_LDADD = $(WEBTEST_LIBS) $(JPEG_LIBS)
tests_test_web_photos_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=file_free_bytes
tests_test_web_plan_SOURCES = %D%/test_web_plan.c
tests_test_web_plan_LDADD = $(WEBTEST_LIBS) $(MKIMAGE_LIBS)
tests_test_web_request_SOURCES = %D%/test_web_request.c
tests_test_web_request_LDADD = $(WEBTEST_LIBS)
tests_test_web_rescue_SOURCES = %D%/test_web_rescue.c
tests_test_web_rescue_LDADD = $(WEBTEST_LIBS) $(MKIMAGE_LIBS)

# Photographs for shell tests.
check_PROGRAMS += tests/photofile
tests_photofile_SOURCES = %D%/photofile_main.c %D%/photofile.c %D%/photofile.h
tests_photofile_LDADD = $(JPEG_LIBS)

# A made-up streamd and clients that curl cannot play.
check_PROGRAMS += tests/webtool
tests_webtool_SOURCES = %D%/webtool.c
tests_webtool_LDADD = $(EVENT_LIBS)

web_e2e = tests/e2e_webd.t tests/e2e_webd_guard.t tests/e2e_webd_relay.t
dist_check_SCRIPTS += $(web_e2e)
TESTS += $(web_e2e)
EXTRA_DIST += tests/weblib.sh

# Fuzzing: a change of the API with a hostile body.
check_PROGRAMS += tests/fuzz/replay_api_json
TESTS += tests/fuzz/replay_api_json
tests_fuzz_replay_api_json_SOURCES = %D%/fuzz/replay_main.c %D%/fuzz/fuzz_api_json.c
tests_fuzz_replay_api_json_LDADD = $(WEBTEST_LIBS)
EXTRA_DIST += tests/fuzz/corpus/api_json
if ENABLE_FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_api_json
tests_fuzz_fuzz_api_json_SOURCES = %D%/fuzz/fuzz_api_json.c
tests_fuzz_fuzz_api_json_LDADD = $(WEBTEST_LIBS)
tests_fuzz_fuzz_api_json_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif

check_PROGRAMS += tests/apicheck
tests_apicheck_SOURCES = %D%/apicheck.c
tests_apicheck_LDADD = $(WEBTEST_LIBS)
dist_check_SCRIPTS += tests/e2e_webd_api.t
TESTS += tests/e2e_webd_api.t

dist_check_SCRIPTS += tests/lint/web.t
TESTS += tests/lint/web.t
dist_check_SCRIPTS += tests/e2e_webd_console.t
TESTS += tests/e2e_webd_console.t
dist_check_SCRIPTS += tests/e2e_webd_tls.t
TESTS += tests/e2e_webd_tls.t
check_PROGRAMS += tests/test_web_lists
TESTS += tests/test_web_lists
tests_test_web_lists_SOURCES = %D%/test_web_lists.c
tests_test_web_lists_LDADD = $(WEBTEST_LIBS)
