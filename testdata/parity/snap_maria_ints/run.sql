USE `snap_maria_ints`;
UPDATE t SET id=-id WHERE id=2;
