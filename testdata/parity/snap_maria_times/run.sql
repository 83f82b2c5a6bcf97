USE `snap_maria_times`;
UPDATE t SET id=-id WHERE id=2;
