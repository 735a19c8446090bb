-- Photographs that people take of their cameras. The bytes are files in photos/, written
-- once; a row without its file, or a file without its row, is swept.

CREATE TABLE photo (
	id	INTEGER PRIMARY KEY AUTOINCREMENT,
	camera_id INTEGER REFERENCES camera (id) ON DELETE CASCADE,
	owner	TEXT NOT NULL DEFAULT '',	-- of one without a camera: what it belongs to
	about	TEXT NOT NULL DEFAULT '',	-- front, back, label, lens, other or nothing
	caption	TEXT NOT NULL DEFAULT '',
	file	TEXT NOT NULL UNIQUE CHECK (length(file) = 32),	-- hex; <file>.jpg
	width	INTEGER NOT NULL,
	height	INTEGER NOT NULL,
	size	INTEGER NOT NULL,
	who	TEXT NOT NULL DEFAULT '',
	changes	INTEGER NOT NULL DEFAULT 0,	-- how often it was changed
	created_s INTEGER NOT NULL
) STRICT;
CREATE INDEX photo_camera ON photo (camera_id, id);
CREATE INDEX photo_owner ON photo (owner, id);
