-- A made-up second step, for tests/test_migrate.c only.
ALTER TABLE camera ADD COLUMN place TEXT NOT NULL DEFAULT 'nowhere';
CREATE TABLE extra (id INTEGER PRIMARY KEY, word TEXT NOT NULL) STRICT;
INSERT INTO extra (word) SELECT name FROM camera;
