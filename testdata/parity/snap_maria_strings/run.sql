USE `snap_maria_strings`;
UPDATE t SET id=-id WHERE id=2;
