# flashd/: see docs/architecture.md.
# The worker's side: one serial line, the chip drivers, the work itself.
noinst_LIBRARIES += flashd/libflashwork.a
flashd_libflashwork_a_SOURCES = \
	%D%/wire.c %D%/wire.h \
	%D%/wire_fd.c %D%/wire_fd.h \
	%D%/wire_holder.c %D%/wire_holder.h \
	%D%/wire_sp.c \
	%D%/wire_tty.c \
	%D%/wire_trace.c %D%/wire_trace.h
FLASHWORK_LIBS = flashd/libflashwork.a common/libcommon.a $(SERIALPORT_LIBS) $(EVENT_LIBS)
