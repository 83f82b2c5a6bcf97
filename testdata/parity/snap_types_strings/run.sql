USE `snap_types_strings`;
UPDATE t SET id=-id WHERE id=2;
