# Tests of common/. Those that need a folder take dbtest's.
common_tests = tests/test_bell tests/test_buf tests/test_conf tests/test_err \
	tests/test_file tests/test_log tests/test_said tests/test_text tests/test_words
check_PROGRAMS += $(common_tests)
TESTS += $(common_tests)
tests_test_bell_SOURCES = %D%/test_bell.c
tests_test_bell_LDADD = $(DBTEST_LIBS)
tests_test_buf_SOURCES = %D%/test_buf.c
tests_test_buf_LDADD = $(COMMON_LIBS) $(CMOCKA_LIBS)
tests_test_conf_SOURCES = %D%/test_conf.c
tests_test_conf_LDADD = $(DBTEST_LIBS)
tests_test_err_SOURCES = %D%/test_err.c
tests_test_err_LDADD = $(COMMON_LIBS) $(CMOCKA_LIBS)
tests_test_file_SOURCES = %D%/test_file.c
tests_test_file_LDADD = $(DBTEST_LIBS)
tests_test_log_SOURCES = %D%/test_log.c
tests_test_log_LDADD = $(COMMON_LIBS) $(JANSSON_LIBS) $(CMOCKA_LIBS)
tests_test_said_SOURCES = %D%/test_said.c
tests_test_said_LDADD = $(COMMON_LIBS) $(CMOCKA_LIBS)
tests_test_text_SOURCES = %D%/test_text.c
tests_test_text_LDADD = $(COMMON_LIBS) $(CMOCKA_LIBS)
tests_test_words_SOURCES = %D%/test_words.c
tests_test_words_LDADD = $(COMMON_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/fuzz/replay_conf
TESTS += tests/fuzz/replay_conf
tests_fuzz_replay_conf_SOURCES = %D%/fuzz/replay_main.c %D%/fuzz/fuzz_conf.c
tests_fuzz_replay_conf_LDADD = $(COMMON_LIBS)
EXTRA_DIST += %D%/fuzz/corpus/conf
if ENABLE_FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_conf
tests_fuzz_fuzz_conf_SOURCES = %D%/fuzz/fuzz_conf.c
tests_fuzz_fuzz_conf_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_conf_LDADD = $(COMMON_LIBS)
endif

check_PROGRAMS += tests/fuzz/replay_said
TESTS += tests/fuzz/replay_said
tests_fuzz_replay_said_SOURCES = %D%/fuzz/replay_main.c %D%/fuzz/fuzz_said.c
tests_fuzz_replay_said_LDADD = $(COMMON_LIBS) $(JANSSON_LIBS)
EXTRA_DIST += %D%/fuzz/corpus/said
if ENABLE_FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_said
tests_fuzz_fuzz_said_SOURCES = %D%/fuzz/fuzz_said.c
tests_fuzz_fuzz_said_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_said_LDADD = $(COMMON_LIBS) $(JANSSON_LIBS)
endif
