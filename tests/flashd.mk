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
