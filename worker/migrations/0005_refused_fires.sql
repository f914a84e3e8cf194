-- Fires of a schedule that were refused, one after the other without an admitted one between them, up to streak_offset of
-- the events log.
ALTER TABLE schedules ADD COLUMN refused_in_row int NOT NULL DEFAULT 0;
ALTER TABLE schedules ADD COLUMN streak_offset bigint NOT NULL DEFAULT -1;
