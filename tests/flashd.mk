# Tests of flashd/.

# The engine, the store and the parent.
noinst_LIBRARIES += tests/libfakechip.a
tests_libfakechip_a_SOURCES = tests/fakechip.c tests/fakechip.h

check_PROGRAMS += tests/test_identity
TESTS += tests/test_identity
tests_test_identity_SOURCES = tests/test_identity.c
tests_test_identity_LDADD = tests/libfakechip.a $(FLASHWORK_LIBS) $(MKIMAGE_LIBS) \
	$(COMMON_LIBS) $(SODIUM_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/test_engine
TESTS += tests/test_engine
tests_test_engine_SOURCES = tests/test_engine.c
tests_test_engine_LDADD = tests/libfakechip.a $(FLASHWORK_LIBS) $(MKIMAGE_LIBS) \
	$(COMMON_LIBS) $(SODIUM_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/test_childline
TESTS += tests/test_childline
tests_test_childline_SOURCES = tests/test_childline.c
tests_test_childline_LDADD = $(FLASHWORK_LIBS) $(COMMON_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/fuzz/replay_childline
TESTS += tests/fuzz/replay_childline
tests_fuzz_replay_childline_SOURCES = tests/fuzz/replay_main.c tests/fuzz/fuzz_childline.c
tests_fuzz_replay_childline_LDADD = $(FLASHWORK_LIBS) $(COMMON_LIBS)
EXTRA_DIST += tests/fuzz/corpus/childline
if ENABLE_FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_childline
tests_fuzz_fuzz_childline_SOURCES = tests/fuzz/fuzz_childline.c
tests_fuzz_fuzz_childline_LDADD = $(FLASHWORK_LIBS) $(COMMON_LIBS)
tests_fuzz_fuzz_childline_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif

check_PROGRAMS += tests/test_notes
TESTS += tests/test_notes
tests_test_notes_SOURCES = tests/test_notes.c
tests_test_notes_LDADD = $(FLASH_LIBS) $(COMMON_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/test_worker
TESTS += tests/test_worker
tests_test_worker_SOURCES = tests/test_worker.c
tests_test_worker_LDADD = $(FLASH_LIBS) $(COMMON_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/test_store
TESTS += tests/test_store
tests_test_store_SOURCES = tests/test_store.c tests/crashworld.c tests/crashworld.h
tests_test_store_LDADD = $(FLASH_LIBS) $(COMMON_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/test_care
TESTS += tests/test_care
tests_test_care_SOURCES = tests/test_care.c tests/storebed.c tests/storebed.h \
	tests/storefuse.c tests/storefuse.h
tests_test_care_LDADD = $(FLASH_LIBS) $(COMMON_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/test_disk
TESTS += tests/test_disk
tests_test_disk_SOURCES = tests/test_disk.c tests/storebed.c tests/storebed.h
tests_test_disk_LDADD = $(FLASH_LIBS) $(COMMON_LIBS) $(CMOCKA_LIBS)

dist_check_SCRIPTS += tests/e2e_flash.t tests/e2e_identity.t
TESTS += tests/e2e_flash.t tests/e2e_identity.t
dist_check_SCRIPTS += tests/e2e_trace.t
TESTS += tests/e2e_trace.t

dist_check_SCRIPTS += tests/e2e_ports.t
TESTS += tests/e2e_ports.t
dist_check_SCRIPTS += tests/e2e_hotplug.t
TESTS += tests/e2e_hotplug.t

check_PROGRAMS += tests/test_flashd
TESTS += tests/test_flashd
tests_test_flashd_SOURCES = tests/test_flashd.c
tests_test_flashd_LDADD = $(FLASH_LIBS) $(MKIMAGE_LIBS) $(COMMON_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/test_ports
TESTS += tests/test_ports
tests_test_ports_SOURCES = tests/test_ports.c
tests_test_ports_LDADD = $(FLASH_LIBS) $(COMMON_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/test_console
TESTS += tests/test_console
tests_test_console_SOURCES = tests/test_console.c
tests_test_console_LDADD = $(FLASH_LIBS) $(COMMON_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/fuzz/replay_console
TESTS += tests/fuzz/replay_console
tests_fuzz_replay_console_SOURCES = tests/fuzz/replay_main.c tests/fuzz/fuzz_console.c
tests_fuzz_replay_console_LDADD = $(FLASHWORK_LIBS) $(COMMON_LIBS)
EXTRA_DIST += tests/fuzz/corpus/console
if ENABLE_FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_console
tests_fuzz_fuzz_console_SOURCES = tests/fuzz/fuzz_console.c
tests_fuzz_fuzz_console_LDADD = $(FLASHWORK_LIBS) $(COMMON_LIBS)
tests_fuzz_fuzz_console_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif
dist_check_SCRIPTS += tests/e2e_console.t
TESTS += tests/e2e_console.t
dist_check_SCRIPTS += tests/e2e_hands.t
TESTS += tests/e2e_hands.t

check_PROGRAMS += tests/test_journal
TESTS += tests/test_journal
tests_test_journal_SOURCES = tests/test_journal.c
tests_test_journal_LDADD = $(FLASHWORK_LIBS) $(COMMON_LIBS) $(SODIUM_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/fuzz/replay_journal
TESTS += tests/fuzz/replay_journal
tests_fuzz_replay_journal_SOURCES = tests/fuzz/replay_main.c tests/fuzz/fuzz_journal.c
tests_fuzz_replay_journal_LDADD = $(FLASHWORK_LIBS) $(COMMON_LIBS) $(SODIUM_LIBS)
EXTRA_DIST += tests/fuzz/corpus/journal
if ENABLE_FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_journal
tests_fuzz_fuzz_journal_SOURCES = tests/fuzz/fuzz_journal.c
tests_fuzz_fuzz_journal_LDADD = $(FLASHWORK_LIBS) $(COMMON_LIBS) $(SODIUM_LIBS)
tests_fuzz_fuzz_journal_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif

check_PROGRAMS += tests/test_resume
TESTS += tests/test_resume
tests_test_resume_SOURCES = tests/test_resume.c
tests_test_resume_LDADD = tests/libfakechip.a $(FLASHWORK_LIBS) $(MKIMAGE_LIBS) \
	$(COMMON_LIBS) $(SODIUM_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/test_kills
TESTS += tests/test_kills
tests_test_kills_SOURCES = tests/test_kills.c
tests_test_kills_LDADD = tests/libsimrun.a $(FLASH_LIBS) $(MKIMAGE_LIBS) $(COMMON_LIBS) $(CMOCKA_LIBS)

dist_check_SCRIPTS += tests/e2e_unplug.t
TESTS += tests/e2e_unplug.t
