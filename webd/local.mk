# webd/: the page and its API.
noinst_LIBRARIES += webd/libweb.a
webd_libweb_a_SOURCES = \
	%D%/answers.c %D%/answers.h \
	%D%/api.c %D%/api.h \
	%D%/api_about.c %D%/libraries.h \
	%D%/api_bin.c \
	%D%/api_cameras.c %D%/api_connect.c %D%/api_control.c \
	%D%/api_doctor.c \
	%D%/api_dump_diff.c \
	%D%/api_dump_fits.c \
	%D%/api_dump_map.c \
	%D%/api_dump_share.c \
	%D%/api_dump_text.c \
	%D%/api_dumps.c \
	%D%/api_history.c \
	%D%/api_incoming.c \
	%D%/api_jobs.c \
	%D%/api_photos.c \
	%D%/api_plan.c \
	%D%/api_ports.c \
	%D%/api_rescue.c \
	%D%/api_sessions.c \
	%D%/api_settings.c \
	%D%/api_state.c \
	%D%/api_users.c \
	%D%/archive.c %D%/archive.h \
	%D%/auth.c %D%/auth.h \
	%D%/blob.c %D%/blob.h \
	%D%/bucket.c %D%/bucket.h \
	%D%/cert.c %D%/cert.h \
	%D%/changes.c %D%/changes.h \
	%D%/conns.c %D%/conns.h \
	%D%/console.c %D%/console.h \
	%D%/events.c %D%/events.h \
	%D%/exchange.c %D%/exchange.h \
	%D%/firmware.c %D%/firmware.h \
	%D%/field.c %D%/field.h \
	%D%/host.c %D%/host.h \
	%D%/http.c %D%/http.h \
	%D%/identity.h \
	%D%/listen.c %D%/listen.h \
	%D%/look.c %D%/look.h \
	%D%/nameless.c %D%/nameless.h \
	%D%/outages.c %D%/outages.h \
	%D%/password.c %D%/password.h \
	%D%/proxy.c %D%/proxy.h \
	%D%/relay.c %D%/relay.h \
	%D%/reply.c \
	%D%/request.c %D%/request.h \
	%D%/rescue_pack.c \
	%D%/route.c %D%/route.h \
	%D%/site.c %D%/site.h \
	%D%/streams.c %D%/streams.h \
	%D%/tls.c %D%/tls.h \
	%D%/upload.c %D%/upload.h \
	%D%/upstream.c %D%/upstream.h \
	%D%/web.h \
	%D%/work.c %D%/work.h \
	%D%/zip.c %D%/zip.h
nodist_webd_libweb_a_SOURCES = %D%/libraries.c
EXTRA_DIST += %D%/libraries.sh %D%/libraries.txt
CLEANFILES += %D%/libraries.c
webd/libraries.c: %D%/libraries.sh %D%/libraries.txt config.status
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
	$(SHELL) $(srcdir)/%D%/libraries.sh '$(PKG_CONFIG)' $(srcdir)/%D%/libraries.txt > $@.tmp && \
	mv $@.tmp $@
WEB_LIBS = webd/libweb.a appliance/libappliance.a $(DB_LIBS) $(IMAGE_LIBS) $(COMMON_LIBS) $(MHD_LIBS) $(GNUTLS_LIBS) $(JPEG_LIBS) $(JANSSON_LIBS)

daemon_PROGRAMS += webd/webd
webd_webd_SOURCES = %D%/main.c
webd_webd_LDADD = $(WEB_LIBS)
