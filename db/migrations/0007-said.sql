-- Where the parameters of a sentence stand in it (common/said.h). Rows of before have none:
-- '' = not known.

ALTER TABLE job ADD COLUMN message_params TEXT NOT NULL DEFAULT '';
ALTER TABLE event ADD COLUMN text_params TEXT NOT NULL DEFAULT '';
