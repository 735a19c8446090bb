-- A made-up third step; it says that programs of schema 1 no longer fit.
CREATE TABLE more (id INTEGER PRIMARY KEY) STRICT;
UPDATE setting SET value = '3' WHERE key = 'oldest_program';
-- What db/camera.c reads of newer schemas.
ALTER TABLE camera ADD COLUMN push TEXT NOT NULL DEFAULT '';
ALTER TABLE camera ADD COLUMN push_user TEXT NOT NULL DEFAULT '';
ALTER TABLE camera ADD COLUMN push_password TEXT NOT NULL DEFAULT '';
ALTER TABLE camera ADD COLUMN push_codec TEXT NOT NULL DEFAULT 'h264';
