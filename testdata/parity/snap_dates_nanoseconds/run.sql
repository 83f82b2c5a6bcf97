USE `snap_dates_nanoseconds`;
UPDATE t SET id=-id WHERE id=2;
