-- Id of the topic that the positions are of: another one after the topic was deleted and created again, when they mean
-- other records. NULL: written by a release that did not look.
ALTER TABLE projection_progress ADD COLUMN topic_id text;
