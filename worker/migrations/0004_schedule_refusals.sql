-- Why the engine does not hold a schedule that it is to hold, as of the row's log_offset; null: it does, or may yet.
ALTER TABLE schedules ADD COLUMN refusal text;
