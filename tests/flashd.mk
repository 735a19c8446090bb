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
