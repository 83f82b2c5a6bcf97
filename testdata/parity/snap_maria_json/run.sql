USE `snap_maria_json`;
UPDATE t SET id=-id WHERE id=2;
