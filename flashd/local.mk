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
	%D%/chips/xr_sync.c \
	%D%/chips/xr_trace.c %D%/chips/xr_trace.h \
	%D%/parts.c %D%/parts.h \
	%D%/childline.c %D%/childline.h \
	%D%/order.c %D%/order.h \
	%D%/engine/backup.c %D%/engine/backup.h \
	%D%/engine/child.c %D%/engine/child.h \
	%D%/engine/console.c %D%/engine/console.h \
	%D%/engine/engine.c %D%/engine/engine.h \
	%D%/engine/link.c %D%/engine/link.h \
	%D%/engine/hands.c %D%/engine/hands.h \
	%D%/engine/listen.c %D%/engine/listen.h \
	%D%/engine/journal.c %D%/engine/journal.h \
	%D%/engine/orders.c %D%/engine/orders.h \
	%D%/engine/report.c %D%/engine/report.h \
	%D%/engine/resume.c %D%/engine/resume.h \
	%D%/engine/sectors.c %D%/engine/sectors.h \
	%D%/engine/transfer.c %D%/engine/transfer.h \
	%D%/engine/want.c %D%/engine/want.h \
	%D%/wire.c %D%/wire.h \
	%D%/wire_fd.c %D%/wire_fd.h \
	%D%/wire_sp.c \
	%D%/wire_tty.c \
	%D%/wire_trace.c %D%/wire_trace.h
FLASHWORK_LIBS = flashd/libflashwork.a common/libcommon.a $(SERIALPORT_LIBS) $(EVENT_LIBS)

# The parent's side: jobs, dump library, ports; never opens a tty.
noinst_LIBRARIES += flashd/libflash.a
flashd_libflash_a_SOURCES = \
	%D%/chore.c %D%/chore.h \
	%D%/flashd.h \
	%D%/image_load.c %D%/image_load.h \
	%D%/import.c %D%/import.h \
	%D%/library.c %D%/library.h \
	%D%/notes.c %D%/notes.h \
	%D%/ports.c %D%/ports.h \
	%D%/ports_new.c %D%/ports_new.h \
	%D%/ports_hold.c %D%/ports_hold.h \
	%D%/ports_usb.c \
	%D%/ports_watch.c %D%/ports_watch.h \
	%D%/queue.c %D%/queue.h \
	%D%/rebuild.c \
	%D%/recover.c \
	%D%/run.c %D%/run.h \
	%D%/run_end.c \
	%D%/run_journal.c \
	%D%/run_line.c \
	%D%/run_wait.c \
	%D%/scrub.c %D%/scrub.h \
	%D%/store.c %D%/store.h \
	%D%/takein.c %D%/takein.h %D%/takein_move.c %D%/takein_parts.h \
	%D%/store_io.c %D%/store_io.h \
	%D%/watch.c %D%/watch.h \
	%D%/watch_lines.c %D%/watch_lines.h \
	%D%/watch_sock.c %D%/watch_sock.h \
	%D%/watch_words.c \
	%D%/worker.c %D%/worker.h
FLASH_LIBS = flashd/libflash.a flashd/libflashwork.a appliance/libappliance.a image/libimage.a $(DB_LIBS) \
	$(SERIALPORT_LIBS) $(UDEV_LIBS)

daemon_PROGRAMS += flashd/flashd
flashd_flashd_SOURCES = %D%/main.c
flashd_flashd_LDADD = $(FLASH_LIBS)
