USE `snap_times_connect`;
UPDATE t SET id=-id WHERE id=2;
