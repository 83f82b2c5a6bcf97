USE `snap_maria_noschema`;
UPDATE t SET id=-id WHERE id=2;
