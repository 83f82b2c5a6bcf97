USE `snap_truncate_noschema`;
UPDATE t SET id=-id WHERE id=2;
