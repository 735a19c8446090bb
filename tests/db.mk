# Tests of db/.
noinst_LIBRARIES += tests/libdbtest.a
tests_libdbtest_a_SOURCES = %D%/dbtest.c %D%/dbtest.h
DBTEST_LIBS = tests/libdbtest.a $(DB_LIBS) $(CMOCKA_LIBS)

db_tests = tests/test_camera tests/test_db tests/test_db_processes tests/test_job \
	tests/test_live tests/test_migrate tests/test_people tests/test_store_rows
check_PROGRAMS += $(db_tests)
TESTS += $(db_tests)
tests_test_camera_SOURCES = %D%/test_camera.c
tests_test_camera_LDADD = $(DBTEST_LIBS)
tests_test_live_SOURCES = %D%/test_live.c
tests_test_live_LDADD = $(DBTEST_LIBS)
tests_test_people_SOURCES = %D%/test_people.c
tests_test_people_LDADD = $(DBTEST_LIBS)
tests_test_store_rows_SOURCES = %D%/test_store_rows.c
tests_test_store_rows_LDADD = $(DBTEST_LIBS)
tests_test_db_SOURCES = %D%/test_db.c
tests_test_db_LDADD = $(DBTEST_LIBS)
tests_test_db_processes_SOURCES = %D%/test_db_processes.c
tests_test_db_processes_LDADD = $(DBTEST_LIBS)
tests_test_job_SOURCES = %D%/test_job.c
tests_test_job_LDADD = $(DBTEST_LIBS)

# The migrations of the product and two made-up ones after them.
tests_test_migrate_SOURCES = %D%/test_migrate.c
nodist_tests_test_migrate_SOURCES = %D%/migrations_test.c
tests_test_migrate_LDADD = $(DBTEST_LIBS)
test_migration_files = db/migrations/0001-start.sql \
	%D%/data/migrations/0002-test.sql %D%/data/migrations/0003-test.sql
EXTRA_DIST += %D%/data/migrations/0002-test.sql %D%/data/migrations/0003-test.sql
CLEANFILES += %D%/migrations_test.c
tests/migrations_test.c: $(test_migration_files) db/sql2c.awk
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
	files=; for f in $(test_migration_files); do files="$$files $(srcdir)/$$f"; done; \
	LC_ALL=C $(AWK) -f $(srcdir)/db/sql2c.awk $$files > $@.tmp && mv $@.tmp $@
