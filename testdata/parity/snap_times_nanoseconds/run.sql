USE `snap_times_nanoseconds`;
UPDATE t SET id=-id WHERE id=2;
