-- What was said when the schedule was paused or resumed last; null: nothing was.
ALTER TABLE schedules ADD COLUMN note text;
-- Release 0.3, beside this one, changes schedules without it: what stands there is of an earlier change then.
CREATE FUNCTION forget_earlier_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.note := NULL;
  RETURN NEW;
END
$$;
CREATE TRIGGER earlier_note BEFORE UPDATE ON schedules FOR EACH ROW
  WHEN (NEW.note = OLD.note AND NEW.log_offset <> OLD.log_offset
        AND (NEW.paused <> OLD.paused OR NEW.crons = '{}' OR OLD.crons = '{}'))
  EXECUTE FUNCTION forget_earlier_note();
