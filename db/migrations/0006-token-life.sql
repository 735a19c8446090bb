-- A token may end by itself, and says when it was last used.

ALTER TABLE token ADD COLUMN expires_s INTEGER NOT NULL DEFAULT 0;	-- 0 = never
ALTER TABLE token ADD COLUMN used_s INTEGER NOT NULL DEFAULT 0;	-- 0 = never; written at most hourly
