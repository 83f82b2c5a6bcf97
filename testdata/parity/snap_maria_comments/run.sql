USE `snap_maria_comments`;
UPDATE t SET id=-id WHERE id=2;
