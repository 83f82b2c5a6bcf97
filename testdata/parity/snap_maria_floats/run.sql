USE `snap_maria_floats`;
UPDATE t SET id=-id WHERE id=2;
