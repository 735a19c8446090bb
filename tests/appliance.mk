# Tests of appliance/.
check_PROGRAMS += tests/test_archive
TESTS += tests/test_archive
tests_test_archive_SOURCES = tests/test_archive.c tests/storebed.c tests/storebed.h
tests_test_archive_LDADD = tests/libdbtest.a $(FLASH_LIBS) $(COMMON_LIBS) $(CMOCKA_LIBS)
tests_test_archive_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=renameat,--wrap=renameat2 \
	-Wl,--wrap=unlinkat,--wrap=mkdirat,--wrap=fsync,--wrap=syncfs

check_PROGRAMS += tests/fuzz/replay_archive
TESTS += tests/fuzz/replay_archive
tests_fuzz_replay_archive_SOURCES = tests/fuzz/replay_main.c tests/fuzz/fuzz_archive.c
tests_fuzz_replay_archive_LDADD = $(APPLIANCE_LIBS)
EXTRA_DIST += tests/fuzz/corpus/archive
if ENABLE_FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_archive
tests_fuzz_fuzz_archive_SOURCES = tests/fuzz/fuzz_archive.c
tests_fuzz_fuzz_archive_LDADD = $(APPLIANCE_LIBS)
tests_fuzz_fuzz_archive_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif

check_PROGRAMS += tests/test_doctor
TESTS += tests/test_doctor
tests_test_doctor_SOURCES = tests/test_doctor.c
tests_test_doctor_LDADD = tests/libdbtest.a $(APPLIANCE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/test_web_appliance
TESTS += tests/test_web_appliance
tests_test_web_appliance_SOURCES = tests/test_web_appliance.c
tests_test_web_appliance_LDADD = $(WEBTEST_LIBS)
