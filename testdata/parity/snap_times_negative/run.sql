USE `snap_times_negative`;
UPDATE t SET id=-id WHERE id=2;
