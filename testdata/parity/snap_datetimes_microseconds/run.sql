USE `snap_datetimes_microseconds`;
UPDATE t SET id=-id WHERE id=2;
