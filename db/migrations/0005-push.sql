-- Where a camera is published to, if anywhere: a media server's rtsp:// address without
-- user and password, '' = nowhere; and what is sent.
ALTER TABLE camera ADD COLUMN push TEXT NOT NULL DEFAULT '';
ALTER TABLE camera ADD COLUMN push_user TEXT NOT NULL DEFAULT '';
ALTER TABLE camera ADD COLUMN push_password TEXT NOT NULL DEFAULT '';
ALTER TABLE camera ADD COLUMN push_codec TEXT NOT NULL DEFAULT 'h264'
	CHECK (push_codec IN ('h264', 'mjpeg'));
