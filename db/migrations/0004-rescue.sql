-- Rescues of bricked cameras: how far each one is, so that any browser can go on with it.

CREATE TABLE rescue (
	id	INTEGER PRIMARY KEY AUTOINCREMENT,
	state	TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'closed')),
	step	TEXT NOT NULL,			-- where somebody was last
	camera_id INTEGER REFERENCES camera (id) ON DELETE SET NULL,	-- the broken one
	donor_id INTEGER REFERENCES camera (id) ON DELETE SET NULL,	-- a good one like it
	port	TEXT NOT NULL DEFAULT '',	-- a socket's path
	donor_port TEXT NOT NULL DEFAULT '',	-- the donor's; empty: the same
	image_id INTEGER REFERENCES dump (id) ON DELETE SET NULL,	-- what is to be written
	identity TEXT NOT NULL DEFAULT 'keep' CHECK (identity IN ('keep', 'donor', 'blank')),
	asked_by TEXT NOT NULL DEFAULT '',
	changed_by TEXT NOT NULL DEFAULT '',
	created_s INTEGER NOT NULL,
	changed_s INTEGER NOT NULL
) STRICT;
CREATE INDEX rescue_camera ON rescue (camera_id);
CREATE INDEX rescue_donor ON rescue (donor_id);
CREATE INDEX rescue_image ON rescue (image_id);

CREATE TABLE rescue_answer (			-- what a person said
	rescue_id INTEGER NOT NULL REFERENCES rescue (id) ON DELETE CASCADE,
	question TEXT NOT NULL,
	answer	TEXT NOT NULL,
	PRIMARY KEY (rescue_id, question)
) STRICT, WITHOUT ROWID;

CREATE TABLE rescue_job (			-- the last job of each task
	rescue_id INTEGER NOT NULL REFERENCES rescue (id) ON DELETE CASCADE,
	task	TEXT NOT NULL,
	job_id	INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
	PRIMARY KEY (rescue_id, task)
) STRICT, WITHOUT ROWID;
CREATE INDEX rescue_job_job ON rescue_job (job_id);

CREATE TABLE rescue_seen (			-- what was heard on the wire
	rescue_id INTEGER NOT NULL REFERENCES rescue (id) ON DELETE CASCADE,
	place	TEXT NOT NULL,
	at_s	INTEGER NOT NULL,
	verdict	TEXT NOT NULL,
	baud	INTEGER NOT NULL,
	bytes	INTEGER NOT NULL,
	text	INTEGER NOT NULL,		-- of these bytes, how many look like text
	firmware TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (rescue_id, place)
) STRICT, WITHOUT ROWID;
