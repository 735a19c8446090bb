-- What is known of a dump's file, and whether the description beside it says as much as
-- the row. flashd clears both.

ALTER TABLE dump ADD COLUMN damaged INTEGER NOT NULL DEFAULT 0
	CHECK (damaged IN (0, 1));	-- its file was read and is not what its name says
ALTER TABLE dump ADD COLUMN stale INTEGER NOT NULL DEFAULT 0
	CHECK (stale IN (0, 1));	-- the description is to be written anew
CREATE INDEX dump_damaged ON dump (id) WHERE damaged = 1;
CREATE INDEX dump_stale ON dump (id) WHERE stale = 1;

CREATE TRIGGER dump_says_more AFTER UPDATE OF note, camera_id ON dump
	WHEN NEW.note IS NOT OLD.note OR NEW.camera_id IS NOT OLD.camera_id
	BEGIN
	UPDATE dump SET stale = 1 WHERE id = NEW.id;
	END;
CREATE TRIGGER camera_was_renamed AFTER UPDATE OF name ON camera
	WHEN NEW.name IS NOT OLD.name
	BEGIN
	UPDATE dump SET stale = 1 WHERE camera_id = NEW.id;
	END;

-- What older versions described may have changed since.
UPDATE dump SET stale = 1;
