# Tests of flashd's worker side: wire, chip drivers; and the simulated boot ROM.
# The camera itself, also for tests that have it in their own process (tests/vline.h).
noinst_LIBRARIES += tests/sim/libsimuart.a
tests_sim_libsimuart_a_SOURCES = \
	tests/sim/simuart.h \
	tests/sim/simuart_console.c \
	tests/sim/simuart_core.c \
	tests/sim/simuart_fault.c \
	tests/sim/simuart_line.c \
	tests/sim/simuart_mem.c \
	tests/sim/simuart_nor.c \
	tests/sim/simuart_ops.c \
	tests/sim/simuart_replay.c \
	tests/sim/simuart_rom.c

check_PROGRAMS += tests/sim/simuart
tests_sim_simuart_SOURCES = tests/sim/simuart.c tests/sim/simuart_control.c \
	tests/sim/simuart_pty.c
tests_sim_simuart_LDADD = tests/sim/libsimuart.a $(MKIMAGE_LIBS) $(COMMON_LIBS)

noinst_LIBRARIES += tests/libsimrun.a
tests_libsimrun_a_SOURCES = tests/simrun.c tests/simrun.h tests/xrrig.c tests/xrrig.h \
	tests/xrrig_pty.c

check_PROGRAMS += tests/test_xr_frame
TESTS += tests/test_xr_frame
tests_test_xr_frame_SOURCES = tests/test_xr_frame.c
tests_test_xr_frame_LDADD = $(FLASHWORK_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/test_wire
TESTS += tests/test_wire
tests_test_wire_SOURCES = tests/test_wire.c
tests_test_wire_LDADD = tests/libsimrun.a $(FLASHWORK_LIBS) $(CMOCKA_LIBS)
EXTRA_tests_test_wire_DEPENDENCIES = tests/sim/simuart$(EXEEXT)

check_PROGRAMS += tests/test_xr872
TESTS += tests/test_xr872
tests_test_xr872_SOURCES = tests/test_xr872.c
tests_test_xr872_LDADD = tests/libsimrun.a $(FLASHWORK_LIBS) $(CMOCKA_LIBS)
EXTRA_tests_test_xr872_DEPENDENCIES = tests/sim/simuart$(EXEEXT)

check_PROGRAMS += tests/test_xr872_trace
TESTS += tests/test_xr872_trace
tests_test_xr872_trace_SOURCES = tests/test_xr872_trace.c
tests_test_xr872_trace_LDADD = tests/libsimrun.a $(MKIMAGE_LIBS) $(FLASHWORK_LIBS) $(CMOCKA_LIBS)
EXTRA_tests_test_xr872_trace_DEPENDENCIES = tests/sim/simuart$(EXEEXT)

check_PROGRAMS += tests/test_xr_shuffle
TESTS += tests/test_xr_shuffle
tests_test_xr_shuffle_SOURCES = tests/test_xr_shuffle.c
tests_test_xr_shuffle_LDADD = $(FLASHWORK_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/fuzz/replay_brom
TESTS += tests/fuzz/replay_brom
tests_fuzz_replay_brom_SOURCES = tests/fuzz/replay_main.c tests/fuzz/fuzz_brom.c
tests_fuzz_replay_brom_LDADD = $(FLASHWORK_LIBS)
EXTRA_DIST += tests/fuzz/corpus/brom
if ENABLE_FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_brom
tests_fuzz_fuzz_brom_SOURCES = tests/fuzz/fuzz_brom.c
tests_fuzz_fuzz_brom_LDADD = $(FLASHWORK_LIBS)
tests_fuzz_fuzz_brom_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif

check_PROGRAMS += tests/test_simuart
TESTS += tests/test_simuart
tests_test_simuart_SOURCES = tests/test_simuart.c
tests_test_simuart_LDADD = tests/libsimrun.a $(FLASHWORK_LIBS) $(CMOCKA_LIBS)
EXTRA_tests_test_simuart_DEPENDENCIES = tests/sim/simuart$(EXEEXT)

# Engine, driver and camera in one process on a clock of their own.
VLINE_SOURCES = tests/vline.c tests/vline.h
VLINE_LIBS = tests/libfakechip.a $(FLASHWORK_LIBS) tests/sim/libsimuart.a $(MKIMAGE_LIBS) \
	$(COMMON_LIBS) $(SODIUM_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/test_xr872_faults
TESTS += tests/test_xr872_faults
tests_test_xr872_faults_SOURCES = tests/test_xr872_faults.c tests/xrrig.c tests/xrrig.h \
	tests/xrrig_line.c $(VLINE_SOURCES)
tests_test_xr872_faults_LDADD = $(VLINE_LIBS)
tests_test_xr872_faults_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=loop_now_us

check_PROGRAMS += tests/test_badline
TESTS += tests/test_badline
tests_test_badline_SOURCES = tests/test_badline.c $(VLINE_SOURCES)
tests_test_badline_LDADD = $(VLINE_LIBS)
tests_test_badline_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=loop_now_us

check_PROGRAMS += tests/test_refusals
TESTS += tests/test_refusals
tests_test_refusals_SOURCES = tests/test_refusals.c tests/badimages.c \
	tests/badimages.h $(VLINE_SOURCES)
tests_test_refusals_LDADD = $(VLINE_LIBS)
tests_test_refusals_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=loop_now_us

check_PROGRAMS += tests/test_ways
TESTS += tests/test_ways
tests_test_ways_SOURCES = tests/test_ways.c $(VLINE_SOURCES)
tests_test_ways_LDADD = $(VLINE_LIBS)
tests_test_ways_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=loop_now_us
dist_check_SCRIPTS += tests/e2e_rates.t
TESTS += tests/e2e_rates.t
