# db/: all SQL of the project, and nothing else.
noinst_LIBRARIES += db/libdb.a
db_libdb_a_SOURCES = \
	%D%/bin.c %D%/bin.h \
	%D%/camera.c %D%/camera.h \
	%D%/copy.c %D%/copy.h \
	%D%/db.c %D%/db.h \
	%D%/dump.c %D%/dump.h \
	%D%/event.c %D%/event.h \
	%D%/job.c %D%/job.h %D%/job_recover.c %D%/job_state.c %D%/job_submit.c \
	%D%/keep.c %D%/keep.h \
	%D%/live.c %D%/live.h %D%/live_file.c %D%/live_file.h \
	%D%/migrate.c %D%/migrate.h \
	%D%/photo.c %D%/photo.h %D%/photo_file.c \
	%D%/rescue.c %D%/rescue.h %D%/rescue_report.c %D%/rescue_row.h %D%/rescue_start.c \
	%D%/people_hashes.c %D%/people_hashes.h \
	%D%/secret.c %D%/secret.h \
	%D%/sidecar.c %D%/sidecar.h \
	%D%/session.c %D%/session.h \
	%D%/setting.c %D%/setting.h \
	%D%/socket.c %D%/socket.h \
	%D%/source.c \
	%D%/stmt.c %D%/stmt.h \
	%D%/token.c %D%/token.h \
	%D%/user.c %D%/user.h
nodist_db_libdb_a_SOURCES = %D%/migrations.c
migration_files = \
	%D%/migrations/0001-start.sql \
	%D%/migrations/0002-dump-care.sql \
	%D%/migrations/0003-photos.sql \
	%D%/migrations/0004-rescue.sql \
	%D%/migrations/0005-push.sql \
	%D%/migrations/0006-token-life.sql \
	%D%/migrations/0007-said.sql
EXTRA_DIST += $(migration_files) %D%/sql2c.awk %D%/README.md
CLEANFILES += %D%/migrations.c
db/migrations.c: $(migration_files) %D%/sql2c.awk
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
	files=; for f in $(migration_files); do files="$$files $(srcdir)/$$f"; done; \
	LC_ALL=C $(AWK) -f $(srcdir)/%D%/sql2c.awk $$files > $@.tmp && mv $@.tmp $@
DB_LIBS = db/libdb.a common/libcommon.a $(SQLITE_LIBS) $(SODIUM_LIBS) $(JANSSON_LIBS) \
	$(EVENT_LIBS) $(INIH_LIBS)
