-- What was said when the schedule was paused or resumed last; null: nothing was.
ALTER TABLE schedules ADD COLUMN note text;
