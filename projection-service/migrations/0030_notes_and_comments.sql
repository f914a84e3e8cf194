-- Who paused or resumed a schedule last, and when: JSON text {"by", "at"}. Null: nobody has, or release 0.3 has written it.
ALTER TABLE schedules ADD COLUMN changed text;
-- Release 0.3, beside this one, pauses, resumes and ends schedules without it: what stands there is of an earlier change
-- then.
CREATE FUNCTION forget_earlier_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.changed := NULL;
  RETURN NEW;
END
$$;
CREATE TRIGGER earlier_change BEFORE UPDATE ON schedules FOR EACH ROW
  WHEN (NEW.changed = OLD.changed
        AND (NEW.paused <> OLD.paused OR NEW.note IS DISTINCT FROM OLD.note OR NEW.cron = '[]'))
  EXECUTE FUNCTION forget_earlier_change();

-- What was said with a decision; the actor is the one who decided.
ALTER TABLE audit ADD COLUMN comment text;
