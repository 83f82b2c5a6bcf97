USE `snap_truncate_chars`;
UPDATE t SET id=-id WHERE id=2;
