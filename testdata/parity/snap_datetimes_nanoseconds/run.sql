USE `snap_datetimes_nanoseconds`;
UPDATE t SET id=-id WHERE id=2;
