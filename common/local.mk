# common/: knows no camera, no chip, no SQL.
noinst_LIBRARIES += common/libcommon.a
common_libcommon_a_CPPFLAGS = $(AM_CPPFLAGS) $(path_cppflags)
common_libcommon_a_SOURCES = \
	%D%/bell.c %D%/bell.h \
	%D%/buf.c %D%/buf.h \
	%D%/conf.c %D%/conf.h \
	%D%/connect.c %D%/connect.h \
	%D%/daemon.c %D%/daemon.h \
	%D%/err.c %D%/err.h \
	%D%/file.c %D%/file.h \
	%D%/holder.c %D%/holder.h \
	%D%/log.c %D%/log.h \
	%D%/loop.c %D%/loop.h \
	%D%/netpolicy.c %D%/netpolicy.h \
	%D%/nets.c %D%/nets.h \
	%D%/notify.c %D%/notify.h \
	%D%/private.c %D%/private.h \
	%D%/redact.c %D%/redact.h \
	%D%/said.c %D%/said.h \
	%D%/sentence.c %D%/sentence.h \
	%D%/source.c %D%/source.h \
	%D%/text.c %D%/text.h \
	%D%/words.c %D%/words.h
COMMON_LIBS = common/libcommon.a $(EVENT_LIBS) $(INIH_LIBS)
