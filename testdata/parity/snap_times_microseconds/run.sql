USE `snap_times_microseconds`;
UPDATE t SET id=-id WHERE id=2;
