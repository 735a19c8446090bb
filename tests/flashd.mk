# Tests of flashd/.

# A boot ROM, its firmware and its flash on a pty (tests/sim/README.md).
check_PROGRAMS += tests/sim/simuart
tests_sim_simuart_SOURCES = \
	tests/sim/simuart.c tests/sim/simuart.h \
	tests/sim/simuart_console.c \
	tests/sim/simuart_control.c \
	tests/sim/simuart_fault.c \
	tests/sim/simuart_line.c \
	tests/sim/simuart_mem.c \
	tests/sim/simuart_nor.c \
	tests/sim/simuart_replay.c \
	tests/sim/simuart_rom.c
tests_sim_simuart_LDADD = $(MKIMAGE_LIBS) $(COMMON_LIBS)

noinst_LIBRARIES += tests/libsimrun.a
tests_libsimrun_a_SOURCES = tests/simrun.c tests/simrun.h

check_PROGRAMS += tests/test_xr872
TESTS += tests/test_xr872
tests_test_xr872_SOURCES = tests/test_xr872.c
tests_test_xr872_LDADD = tests/libsimrun.a $(FLASHWORK_LIBS) $(CMOCKA_LIBS)
EXTRA_tests_test_xr872_DEPENDENCIES = tests/sim/simuart$(EXEEXT)

# The engine, the store and the parent.
noinst_LIBRARIES += tests/libfakechip.a
tests_libfakechip_a_SOURCES = tests/fakechip.c tests/fakechip.h

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

check_PROGRAMS += tests/test_xr_frame
TESTS += tests/test_xr_frame
tests_test_xr_frame_SOURCES = tests/test_xr_frame.c
tests_test_xr_frame_LDADD = $(FLASHWORK_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/test_wire
TESTS += tests/test_wire
tests_test_wire_SOURCES = tests/test_wire.c
tests_test_wire_LDADD = tests/libsimrun.a $(FLASHWORK_LIBS) $(CMOCKA_LIBS)
EXTRA_tests_test_wire_DEPENDENCIES = tests/sim/simuart$(EXEEXT)

check_PROGRAMS += tests/test_worker
TESTS += tests/test_worker
tests_test_worker_SOURCES = tests/test_worker.c
tests_test_worker_LDADD = $(FLASH_LIBS) $(COMMON_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/test_store
TESTS += tests/test_store
tests_test_store_SOURCES = tests/test_store.c tests/crashworld.c tests/crashworld.h
tests_test_store_LDADD = $(FLASH_LIBS) $(COMMON_LIBS) $(CMOCKA_LIBS)
