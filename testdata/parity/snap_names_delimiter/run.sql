USE `snap_names_delimiter`;
UPDATE t SET id=-id WHERE id=2;
