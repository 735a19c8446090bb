# flashd/: see docs/architecture.md.
# The worker's side: one serial line, the chip drivers, the work itself.
noinst_LIBRARIES += flashd/libflashwork.a
flashd_libflashwork_a_SOURCES = \
	%D%/chips/chip.c %D%/chips/chip.h %D%/chips/chips.def \
	%D%/chips/xr872.c \
	%D%/chips/xr_brom.c %D%/chips/xr_brom.h \
	%D%/chips/xr_efuse.c %D%/chips/xr_efuse.h \
	%D%/chips/xr_enter.c \
	%D%/chips/xr_frame.c %D%/chips/xr_frame.h \
	%D%/chips/xr_ops.c \
	%D%/chips/xr_trace.c %D%/chips/xr_trace.h \
	%D%/parts.c %D%/parts.h \
	%D%/wire.c %D%/wire.h \
	%D%/wire_fd.c %D%/wire_fd.h \
	%D%/wire_holder.c %D%/wire_holder.h \
	%D%/wire_sp.c \
	%D%/wire_tty.c \
	%D%/wire_trace.c %D%/wire_trace.h
FLASHWORK_LIBS = flashd/libflashwork.a common/libcommon.a $(SERIALPORT_LIBS) $(EVENT_LIBS)
